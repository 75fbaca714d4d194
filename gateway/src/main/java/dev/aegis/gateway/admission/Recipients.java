package dev.aegis.gateway.admission;

import dev.aegis.store.Agent;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which agents there are, as far as routing needs it: a bounded memory over the agent store. What
/// it knows is used for a while and then read again, so that a change is seen within that time at
/// the latest, or at once with [#forget]. Any thread.
public final class Recipients {
  private static final long KNOWN_MILLIS = 10_000;
  private static final long UNKNOWN_MILLIS = 1_000;

  private final Function<String, CompletableFuture<Optional<Agent>>> store;
  private final InstantSource clock;
  private final int maxEntries;
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CompletableFuture<Recipient>> loading =
      new ConcurrentHashMap<>();

  private record Entry(Recipient recipient, long loadedAtMillis) {
    boolean freshAt(long nowMillis) {
      long keep = recipient.known() ? KNOWN_MILLIS : UNKNOWN_MILLIS;
      return nowMillis - loadedAtMillis < keep;
    }
  }

  /// @param store reads one agent without blocking the caller; it fails as the store does
  public Recipients(
      Function<String, CompletableFuture<Optional<Agent>>> store,
      InstantSource clock,
      int maxEntries) {
    this.store = store;
    this.clock = clock;
    this.maxEntries = maxEntries;
  }

  /// What is known at the moment, or null: then [#load] tells. A known agent is answered from
  /// memory while its entry is read again.
  public @Nullable Recipient peek(String agent) {
    Entry entry = entries.get(agent);
    if (entry == null) {
      return null;
    }
    if (entry.freshAt(clock.millis())) {
      return entry.recipient;
    }
    if (!entry.recipient.known()) {
      return null;
    }
    load(agent);
    return entry.recipient;
  }

  /// Reads the agent; calls for one agent that come together share one read.
  public CompletableFuture<Recipient> load(String agent) {
    CompletableFuture<Recipient> mine = new CompletableFuture<>();
    CompletableFuture<Recipient> first = loading.putIfAbsent(agent, mine);
    if (first != null) {
      return first;
    }
    store
        .apply(agent)
        .whenComplete((found, failure) -> {
          loading.remove(agent, mine);
          if (failure != null) {
            mine.completeExceptionally(failure);
          } else {
            Recipient recipient = Recipient.of(found);
            keep(agent, recipient);
            mine.complete(recipient);
          }
        });
    return mine;
  }

  /// Has the agent read again: it was added, revoked or moved.
  public void forget(String agent) {
    entries.remove(agent);
  }

  int size() {
    return entries.size();
  }

  private void keep(String agent, Recipient recipient) {
    if (entries.size() >= maxEntries) {
      Iterator<String> any = entries.keySet().iterator();
      for (int n = Math.max(1, maxEntries / 16); n > 0 && any.hasNext(); n--) {
        any.next();
        any.remove();
      }
    }
    entries.put(agent, new Entry(recipient, clock.millis()));
  }
}
