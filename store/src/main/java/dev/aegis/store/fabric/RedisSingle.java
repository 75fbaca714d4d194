package dev.aegis.store.fabric;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ConnectionFuture;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One Redis server, or the master that sentinels name.
final class RedisSingle implements RedisServers {
  private static final String NAME = "redis";
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final RedisURI uri;
  private final RedisClient client;
  private @Nullable CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> subscriber;

  RedisSingle(
      RedisURI uri,
      RedisResources resources,
      ClientOptions options,
      RedisConnectionStateListener listener) {
    this.uri = uri;
    this.client = RedisClient.create(resources.client());
    client.setOptions(options);
    client.addListener(listener);
  }

  @Override
  public CompletionStage<? extends StatefulConnection<byte[], byte[]>> connect() {
    return client.connectAsync(RedisRequests.CODEC, uri);
  }

  @Override
  public synchronized CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> subscriber(
      byte[] topic) {
    CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> known = subscriber;
    if (known == null || known.isCompletedExceptionally()) {
      ConnectionFuture<StatefulRedisPubSubConnection<byte[], byte[]>> made =
          client.connectPubSubAsync(RedisRequests.CODEC, uri);
      known = made.toCompletableFuture();
      subscriber = known;
    }
    return known;
  }

  @Override
  public String serverOf(byte[] key) {
    return NAME;
  }

  @Override
  public List<byte[]> keys() {
    return List.of();
  }

  @Override
  public void moved() {
    // it has all keys
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, CLOSE);
  }
}
