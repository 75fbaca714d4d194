package dev.aegis.gateway.topics;

import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import dev.aegis.store.StoredSubscription;
import dev.aegis.store.SubscriptionStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The durable subscriptions, as the store has them: in memory from the start on, and in the
/// [TopicTable]. Any thread reads; changes block on the store and must come one at a time.
public final class DurableSubscriptions {
  private final SubscriptionStore store;
  private final TopicTable table;
  private final ConcurrentHashMap<String, Map<UUID, Subscription>> byAgent =
      new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();

  /// Reads them all.
  ///
  /// @throws dev.aegis.store.StoreException the store cannot be read
  public DurableSubscriptions(SubscriptionStore store, TopicTable table) {
    this.store = store;
    this.table = table;
    for (StoredSubscription row : store.all()) {
      Subscription subscription = subscription(row);
      table.restore(subscription);
      keep(subscription);
    }
  }

  private static Subscription subscription(StoredSubscription row) {
    try {
      return new Subscription(
          row.id(),
          row.agent(),
          row.organization(),
          TopicPattern.parse(row.pattern()),
          TopicFilter.parse(row.filter()),
          row.group(),
          true);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("what is stored was checked once: " + row.id(), e);
    }
  }

  /// Those of an agent by id. Immutable.
  public Map<UUID, Subscription> of(String agent) {
    return byAgent.getOrDefault(agent, Map.of());
  }

  public int size() {
    return size.get();
  }

  /// Stores one, in the place of that of the same id.
  ///
  /// @return false where the table is full; then nothing has changed
  /// @throws dev.aegis.store.StoreException likewise
  public boolean put(Subscription subscription) {
    if (!table.offer(subscription)) {
      return false;
    }
    boolean stored = false;
    try {
      store.put(
          new StoredSubscription(
              subscription.id(),
              subscription.agent(),
              subscription.organization(),
              subscription.pattern().toString(),
              subscription.filter().conditions(),
              subscription.group()));
      stored = true;
    } finally {
      if (!stored) {
        table.remove(subscription);
      }
    }
    Subscription before = keep(subscription);
    if (before != null) {
      table.remove(before);
    }
    return true;
  }

  private @Nullable Subscription keep(Subscription subscription) {
    Map<UUID, Subscription> those = new HashMap<>(of(subscription.agent()));
    Subscription before = those.put(subscription.id(), subscription);
    byAgent.put(subscription.agent(), Map.copyOf(those));
    if (before == null) {
      size.incrementAndGet();
    }
    return before;
  }

  /// Removes one, if it is there.
  ///
  /// @throws dev.aegis.store.StoreException it is still there
  public void remove(String agent, UUID id) {
    store.remove(agent, id);
    Map<UUID, Subscription> those = new HashMap<>(of(agent));
    Subscription before = those.remove(id);
    if (before == null) {
      return;
    }
    if (those.isEmpty()) {
      byAgent.remove(agent);
    } else {
      byAgent.put(agent, Map.copyOf(those));
    }
    size.decrementAndGet();
    table.remove(before);
  }

  /// Another node has changed those of an agent: they are read again.
  ///
  /// @throws dev.aegis.store.StoreException they are as they were
  public void reload(String agent) {
    Map<UUID, Subscription> stored = new HashMap<>();
    for (StoredSubscription row : store.of(agent)) {
      stored.put(row.id(), subscription(row));
    }
    replace(agent, stored);
  }

  /// Other nodes may have changed any of them: all are read again.
  ///
  /// @throws dev.aegis.store.StoreException they are as they were
  public void reloadAll() {
    Map<String, Map<UUID, Subscription>> stored = new HashMap<>();
    for (StoredSubscription row : store.all()) {
      stored.computeIfAbsent(row.agent(), _ -> new HashMap<>()).put(row.id(), subscription(row));
    }
    Set<String> agents = new HashSet<>(byAgent.keySet());
    agents.addAll(stored.keySet());
    agents.forEach(agent -> replace(agent, stored.getOrDefault(agent, Map.of())));
  }

  private void replace(String agent, Map<UUID, Subscription> stored) {
    Map<UUID, Subscription> before = of(agent);
    before.forEach((id, subscription) -> {
      if (!subscription.equals(stored.get(id))) {
        table.remove(subscription);
      }
    });
    stored.forEach((id, subscription) -> {
      if (!subscription.equals(before.get(id))) {
        table.restore(subscription);
      }
    });
    if (stored.isEmpty()) {
      byAgent.remove(agent);
    } else {
      byAgent.put(agent, Map.copyOf(stored));
    }
    size.addAndGet(stored.size() - before.size());
  }

  /// The agent was shut out: nothing is kept for it any more.
  public void forget(String agent) {
    Map<UUID, Subscription> those = byAgent.remove(agent);
    if (those != null) {
      those.values().forEach(table::remove);
      size.addAndGet(-those.size());
    }
  }
}
