package dev.aegis.store;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A Redis Cluster of masters without replicas, each an [EmbeddedRedis]. For tests and benchmarks.
public final class EmbeddedRedisCluster implements AutoCloseable {
  private static final int FORM_SECONDS = 30;
  private static final long POLL_MILLIS = 50;

  private final List<EmbeddedRedis> masters;

  private EmbeddedRedisCluster(List<EmbeddedRedis> masters) {
    this.masters = List.copyOf(masters);
  }

  /// Starts the servers in a fresh directory and waits until they serve all slots.
  ///
  /// @throws StoreException.Unavailable they did not come up, or did not find each other
  public static EmbeddedRedisCluster start(Path home, Path binaries, int size) {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    List<EmbeddedRedis> masters = new ArrayList<>();
    boolean formed = false;
    try {
      int[] buses = new int[size];
      for (int i = 0; i < size; i++) {
        buses[i] = LoopbackPort.free();
        masters.add(
            EmbeddedRedis.start(
                home.resolve("master-" + i),
                binaries,
                EmbeddedRedisRole.member(password, buses[i])));
      }
      form(masters, buses);
      formed = true;
      return new EmbeddedRedisCluster(masters);
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot set up a Redis Cluster in " + home, e);
    } finally {
      if (!formed) {
        masters.forEach(EmbeddedRedis::close);
      }
    }
  }

  public List<EmbeddedRedis> masters() {
    return masters;
  }

  /// How to reach it, password included: `redis-cluster://:password@host:port,host:port`.
  public String url() {
    return "redis-cluster://:"
        + masters.getFirst().password()
        + "@"
        + masters.stream()
            .map(master -> "127.0.0.1:" + master.port())
            .collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    masters.forEach(EmbeddedRedis::close);
  }

  private static void form(List<EmbeddedRedis> masters, int[] buses) {
    RedisClient client = RedisClient.create();
    try {
      List<StatefulRedisConnection<String, String>> connections = new ArrayList<>();
      for (EmbeddedRedis master : masters) {
        connections.add(client.connect(io.lettuce.core.RedisURI.create(master.url())));
      }
      int slots = SlotHash.SLOT_COUNT;
      for (int i = 0; i < masters.size(); i++) {
        int first = slots * i / masters.size();
        int end = slots * (i + 1) / masters.size();
        connections.get(i).sync().clusterAddSlots(IntStream.range(first, end).toArray());
        meet(connections.getFirst(), masters.get(i).port(), buses[i]);
      }
      awaitFormed(connections);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  /// By hand: the bus is not where Lettuce's command takes it to be.
  private static void meet(StatefulRedisConnection<String, String> from, int port, int bus) {
    from.sync()
        .dispatch(
            CommandType.CLUSTER,
            new StatusOutput<>(StringCodec.UTF8),
            new CommandArgs<>(StringCodec.UTF8).add("MEET").add("127.0.0.1").add(port).add(bus));
  }

  private static void awaitFormed(List<StatefulRedisConnection<String, String>> connections) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORM_SECONDS);
    String known = "cluster_known_nodes:" + connections.size();
    try {
      while (!connections.stream()
          .map(each -> each.sync().clusterInfo())
          .allMatch(info -> info.contains("cluster_state:ok") && info.contains(known))) {
        if (System.nanoTime() > deadline) {
          throw new StoreException.Unavailable("the Redis Cluster did not form", null);
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while forming a Redis Cluster", e);
    }
  }
}
