package dev.aegis.gateway.cluster;

import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.Holder;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Which node has which agent: a bounded memory over the fabric's register, a moment old at most.
/// That nobody has it is not remembered: it may log in at any moment. Any thread.
final class Whereabouts {
  private static final long KEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);
  private static final int MAX_ENTRIES = 1 << 18;

  private final Fabric fabric;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  private record Entry(CompletionStage<Optional<Holder>> holder, long atNanos) {}

  Whereabouts(Fabric fabric, LongSupplier nanoTime) {
    this.fabric = fabric;
    this.nanoTime = nanoTime;
  }

  /// The node, empty where nobody says that it has the agent. Calls that come together ask once.
  CompletionStage<Optional<Holder>> find(String agent) {
    long now = nanoTime.getAsLong();
    Entry known = entries.get(agent);
    if (known != null && now - known.atNanos < KEEP_NANOS) {
      return known.holder;
    }
    if (entries.size() >= MAX_ENTRIES) {
      entries.clear();
    }
    CompletableFuture<Optional<Holder>> mine = new CompletableFuture<>();
    Entry entry = new Entry(mine, now);
    if (known == null
        ? entries.putIfAbsent(agent, entry) != null
        : !entries.replace(agent, known, entry)) {
      return find(agent);
    }
    fabric
        .find(agent)
        .whenComplete((holder, failure) -> {
          Optional<Holder> found = failure == null ? holder : Optional.empty();
          if (found.isEmpty()) {
            entries.remove(agent, entry);
          }
          mine.complete(found);
        });
    return mine;
  }

  /// What was known of the agent was wrong.
  void forget(String agent) {
    entries.remove(agent);
  }
}
