package dev.aegis.gateway.registry;

import dev.aegis.store.HeartbeatStore;
import dev.aegis.store.HeartbeatStore.Turn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Takes heartbeats into memory and has them written in bulk: a heartbeat costs a map entry, and an
/// agent a row in a few seconds, however often it says that it lives. Thread-safe.
///
/// What a node that dies had not written is lost, which makes an agent look silent for a second or
/// two at most: its next heartbeat comes to another node.
final class Heartbeats {
  /// A row is written again after this at the earliest.
  private static final long REWRITE_MILLIS = TimeUnit.SECONDS.toMillis(5);

  private static final int MAX_REMEMBERED = 1 << 18;

  private final HeartbeatStore store;
  private final Consumer<Turn> turns;
  private final ConcurrentHashMap<String, Long> pending = new ConcurrentHashMap<>();

  /// When the row of an agent was written last. Guarded by this.
  private final Map<String, Long> written = new HashMap<>();

  /// @param turns told of agents that are healthy again
  Heartbeats(HeartbeatStore store, Consumer<Turn> turns) {
    this.store = store;
    this.turns = turns;
  }

  /// @param agent one that there is, which bounds how many can be pending
  void beat(String agent, long nowMillis) {
    pending.merge(agent, nowMillis, Math::max);
  }

  /// Writes what is due. Blocks.
  void flush(long nowMillis) {
    write(nowMillis - REWRITE_MILLIS);
  }

  /// Writes all there is, so that rows say what was said. Blocks.
  void settle() {
    if (!pending.isEmpty()) {
      write(Long.MAX_VALUE);
    }
  }

  private synchronized void write(long lastBefore) {
    Map<String, Long> due = new HashMap<>();
    pending.forEach((agent, at) -> {
      if (written.getOrDefault(agent, 0L) <= lastBefore) {
        due.put(agent, at);
      }
    });
    List<Turn> turned = store.write(due);
    if (written.size() + due.size() > MAX_REMEMBERED) {
      written.clear();
    }
    due.forEach((agent, at) -> {
      written.put(agent, at);
      pending.remove(agent, at);
    });
    turned.forEach(turns);
  }
}
