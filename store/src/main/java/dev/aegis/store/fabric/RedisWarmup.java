package dev.aegis.store.fabric;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Makes new connections reach every server before they are used: Lettuce connects to a server of a
/// cluster with the first command for it, and refuses that one.
final class RedisWarmup {
  private final RedisConnections connections;
  private final Set<Step> left = ConcurrentHashMap.newKeySet();
  private final long giveUpAtNanos;

  /// @param keys one of each server
  RedisWarmup(RedisConnections connections, List<byte[]> keys, long giveUpAtNanos) {
    this.connections = connections;
    this.giveUpAtNanos = giveUpAtNanos;
    for (byte[] key : keys) {
      left.add(new Step(connections.commands(), key));
      left.add(new Step(connections.reads(), key));
    }
  }

  private record Step(StatefulConnection<byte[], byte[]> connection, byte[] key) {}

  /// Asks whoever has not answered yet. Whether all have, or it took too long.
  boolean done(long nowNanos) {
    for (Step each : left) {
      AsyncCommand<byte[], byte[], Long> probe = RedisRequests.probe(each.key);
      RedisConnections.send(each.connection, List.of(probe));
      probe.thenAccept(_ -> left.remove(each));
    }
    return left.isEmpty() || nowNanos - giveUpAtNanos >= 0;
  }

  RedisConnections connections() {
    return connections;
  }
}
