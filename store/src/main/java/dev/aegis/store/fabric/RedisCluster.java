package dev.aegis.store.fabric;

import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A Redis Cluster. Subscriptions go to the server of their slot, over one connection to each:
/// Lettuce would send all of them to whichever it is connected to, and those of several slots in
/// one command when it connects again.
final class RedisCluster implements RedisServers {
  private static final String UNKNOWN = "unknown";
  private static final Duration CLOSE = Duration.ofSeconds(2);
  private static final Duration REFRESH = Duration.ofSeconds(30);
  private static final Duration REFRESH_AFTER_TROUBLE = Duration.ofSeconds(1);

  private final RedisClusterClient client;
  private final AtomicLong askedAtNanos =
      new AtomicLong(System.nanoTime() - REFRESH_AFTER_TROUBLE.toNanos());
  private @Nullable CompletableFuture<StatefulRedisClusterPubSubConnection<byte[], byte[]>>
      subscriber;

  RedisCluster(
      List<RedisURI> uris,
      RedisResources resources,
      ClusterClientOptions.Builder options,
      RedisConnectionStateListener listener) {
    client = RedisClusterClient.create(resources.client(), uris);
    client.setOptions(
        options
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(REFRESH)
                    .adaptiveRefreshTriggersTimeout(REFRESH_AFTER_TROUBLE)
                    .build())
            .build());
    client.addListener(listener);
  }

  @Override
  public CompletionStage<? extends StatefulConnection<byte[], byte[]>> connect() {
    return client
        .refreshPartitionsAsync()
        .thenCompose(_ -> client.connectAsync(RedisRequests.CODEC));
  }

  @Override
  public CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> subscriber(byte[] topic) {
    RedisClusterNode owner = owner(topic);
    return owner == null
        ? CompletableFuture.failedFuture(new RedisException("no server has that slot"))
        : subscribers().thenCompose(each -> each.getConnectionAsync(owner.getNodeId()));
  }

  private synchronized CompletableFuture<StatefulRedisClusterPubSubConnection<byte[], byte[]>>
      subscribers() {
    CompletableFuture<StatefulRedisClusterPubSubConnection<byte[], byte[]>> known = subscriber;
    if (known == null || known.isCompletedExceptionally()) {
      try {
        known = client.connectPubSubAsync(RedisRequests.CODEC);
      } catch (RedisException e) {
        known = CompletableFuture.failedFuture(new CompletionException(e));
      }
      subscriber = known;
    }
    return known;
  }

  @Override
  public String serverOf(byte[] key) {
    RedisClusterNode owner = owner(key);
    return owner == null ? UNKNOWN : owner.getNodeId();
  }

  @Override
  public List<byte[]> keys() {
    Map<String, byte[]> found = new HashMap<>();
    for (int i = 0; i < SlotHash.SLOT_COUNT; i++) {
      byte[] key = ("aegis:warmup:" + i).getBytes(StandardCharsets.US_ASCII);
      found.putIfAbsent(serverOf(key), key);
    }
    return List.copyOf(found.values());
  }

  private @Nullable RedisClusterNode owner(byte[] key) {
    return client.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
  }

  @Override
  public void moved() {
    long now = System.nanoTime();
    long last = askedAtNanos.get();
    if (now - last >= REFRESH_AFTER_TROUBLE.toNanos() && askedAtNanos.compareAndSet(last, now)) {
      client.refreshPartitionsAsync();
    }
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, CLOSE);
  }
}
