package dev.aegis.store;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A Redis Cluster, each server of which is an [EmbeddedRedis]; a master may have a replica, which
/// becomes master when its own is gone. For tests and benchmarks.
public final class EmbeddedRedisCluster implements AutoCloseable {
  private static final int FORM_SECONDS = 60;
  private static final long POLL_MILLIS = 50;

  // In what INFO says.
  private static final String MASTER = "role:master";
  private static final String FOLLOWED = "state=online";
  private static final String FOLLOWING = "master_link_status:up";

  private final List<EmbeddedRedis> masters;
  private final List<EmbeddedRedis> replicas;

  private final List<Integer> announcedPorts;

  private EmbeddedRedisCluster(
      List<EmbeddedRedis> masters, List<EmbeddedRedis> replicas, List<Integer> announcedPorts) {
    this.masters = List.copyOf(masters);
    this.replicas = List.copyOf(replicas);
    this.announcedPorts = List.copyOf(announcedPorts);
  }

  /// Starts masters without replicas in a fresh directory and waits until they serve all slots.
  ///
  /// @throws StoreException.Unavailable they did not come up, or did not find each other
  public static EmbeddedRedisCluster start(Path home, Path binaries, int size) {
    return start(home, binaries, size, 0, port -> port);
  }

  /// As above, each master with a replica that has all it has.
  public static EmbeddedRedisCluster startReplicated(Path home, Path binaries, int size) {
    return start(home, binaries, size, size, port -> port);
  }

  /// As above, behind something that passes connections on.
  ///
  /// @param announced the port at which others, replicas too, are to reach the server that has that
  ///   port
  public static EmbeddedRedisCluster startReplicated(
      Path home, Path binaries, int size, IntUnaryOperator announced) {
    return start(home, binaries, size, size, announced);
  }

  private static EmbeddedRedisCluster start(
      Path home, Path binaries, int size, int replicas, IntUnaryOperator announced) {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    List<EmbeddedRedis> servers = new ArrayList<>();
    boolean formed = false;
    try {
      List<Integer> ports = new ArrayList<>();
      int[] buses = new int[size + replicas];
      for (int i = 0; i < buses.length; i++) {
        buses[i] = LoopbackPort.free();
        String name = i < size ? "master-" + i : "replica-" + (i - size);
        Path directory = Files.createDirectories(home.resolve(name));
        ports.add(announced.applyAsInt(EmbeddedRedis.port(directory)));
        servers.add(
            EmbeddedRedis.start(
                directory,
                binaries,
                EmbeddedRedisRole.member(password, buses[i], ports.getLast())));
      }
      form(servers, size, ports, buses);
      formed = true;
      return new EmbeddedRedisCluster(
          servers.subList(0, size), servers.subList(size, buses.length), ports);
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot set up a Redis Cluster in " + home, e);
    } finally {
      if (!formed) {
        servers.forEach(EmbeddedRedis::close);
      }
    }
  }

  /// The servers that began as masters.
  public List<EmbeddedRedis> masters() {
    return masters;
  }

  /// The servers that began as their replicas, in the same order.
  public List<EmbeddedRedis> replicas() {
    return replicas;
  }

  /// How to reach it, password included: `redis-cluster://:password@host:port,host:port`.
  public String url() {
    return "redis-cluster://:"
        + masters.getFirst().password()
        + "@"
        + announcedPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  /// Has a replica take over from its master, in agreement with it (`CLUSTER FAILOVER`), and waits
  /// until it has.
  public void failOver(EmbeddedRedis replica) {
    RedisClient client = RedisClient.create();
    try {
      RedisCommands<String, String> commands = client.connect(uri(replica)).sync();
      commands.clusterFailover(false);
      await("no failover", () -> commands.info("replication").contains(MASTER));
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  /// Waits until each master has a replica again.
  public void awaitReplicated() {
    RedisClient client = RedisClient.create();
    try {
      List<RedisCommands<String, String>> commands =
          servers().map(server -> client.connect(uri(server)).sync()).toList();
      await(
          "a master has no replica",
          () ->
              commands.stream()
                      .map(each -> each.info("replication"))
                      .filter(info -> info.contains(MASTER) && info.contains(FOLLOWED))
                      .count()
                  == masters.size());
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private Stream<EmbeddedRedis> servers() {
    return Stream.concat(masters.stream(), replicas.stream());
  }

  private static RedisURI uri(EmbeddedRedis server) {
    return RedisURI.create(server.url());
  }

  @Override
  public void close() {
    replicas.forEach(EmbeddedRedis::close);
    masters.forEach(EmbeddedRedis::close);
  }

  private static void form(
      List<EmbeddedRedis> servers, int masters, List<Integer> ports, int[] buses) {
    RedisClient client = RedisClient.create();
    try {
      List<StatefulRedisConnection<String, String>> connections = new ArrayList<>();
      for (EmbeddedRedis server : servers) {
        connections.add(client.connect(uri(server)));
      }
      int slots = SlotHash.SLOT_COUNT;
      for (int i = 0; i < masters; i++) {
        int first = slots * i / masters;
        int end = slots * (i + 1) / masters;
        connections.get(i).sync().clusterAddSlots(IntStream.range(first, end).toArray());
      }
      for (int i = 0; i < servers.size(); i++) {
        meet(connections.getFirst(), ports.get(i), buses[i]);
      }
      awaitFormed(connections);
      for (int i = masters; i < servers.size(); i++) {
        String master = connections.get(i - masters).sync().clusterMyId();
        connections.get(i).sync().clusterReplicate(master);
      }
      List<StatefulRedisConnection<String, String>> following =
          connections.subList(masters, servers.size());
      await(
          "its replicas did not follow",
          () ->
              following.stream()
                  .allMatch(each -> each.sync().info("replication").contains(FOLLOWING)));
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
    String known = "cluster_known_nodes:" + connections.size();
    await(
        "it did not form",
        () ->
            connections.stream()
                .map(each -> each.sync().clusterInfo())
                .allMatch(info -> info.contains("cluster_state:ok") && info.contains(known)));
  }

  private static void await(String otherwise, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORM_SECONDS);
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          throw new StoreException.Unavailable(
              "the Redis Cluster is not there: " + otherwise, null);
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while forming a Redis Cluster", e);
    }
  }
}
