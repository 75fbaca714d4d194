package dev.aegis.store.fabric;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The servers behind a Redis URL: one, with or without sentinels, or a cluster. Thread-safe.
sealed interface RedisServers permits RedisSingle, RedisCluster {
  /// A new connection that finds the server of each key.
  CompletionStage<? extends StatefulConnection<byte[], byte[]>> connect();

  /// The connection for subscriptions to the server that a channel belongs to now; the same one for
  /// all of its channels.
  CompletableFuture<? extends StatefulRedisPubSubConnection<byte[], byte[]>> subscriber(
      byte[] topic);

  /// A name of the server that has a key now.
  String serverOf(byte[] key);

  /// A key of each server that is not connected to at once.
  List<byte[]> keys();

  /// What is known of who has which key may be wrong: it is asked for again.
  void moved();

  /// Closes all connections. Waits a moment for them.
  void close();
}
