package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Gateways that share a PostgreSQL and a Redis, both run by this process: they outlive any
/// gateway.
final class GatewayCluster implements Servers {
  private static final long SILENCE_MILLIS = 1_500;

  /// What stands still for so long is found silent, and taken over, before it goes on.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * SILENCE_MILLIS);

  private final Path home;
  private final EmbeddedPostgres postgres;
  private final EmbeddedRedis redis;
  private final List<Node> nodes = new ArrayList<>();
  private boolean redisDown;
  private long redisAtNanos;

  private record Node(Path data, Path log, int port, Supervised process) {
    Process await() throws IOException, InterruptedException {
      process.tick(System.nanoTime());
      Process started = process.running();
      if (started == null) {
        throw new IOException("a gateway does not start, see " + log);
      }
      GatewayProcess.awaitReady(started, data, log);
      return started;
    }

    boolean isReady() {
      return process.running() != null && Files.exists(DataDirectory.managementFile(data));
    }
  }

  private GatewayCluster(Path home, EmbeddedPostgres postgres, EmbeddedRedis redis) {
    this.home = home;
    this.postgres = postgres;
    this.redis = redis;
  }

  /// Starts the database and Redis, and prepares the gateways.
  static GatewayCluster start(int nodes, Path home, Random random) throws IOException {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(home.resolve("postgres"));
    EmbeddedRedis redis = null;
    boolean usable = false;
    try {
      redis = EmbeddedRedis.start(home.resolve("redis"), home.resolve("binaries"));
      GatewayCluster cluster = new GatewayCluster(home, postgres, redis);
      DatabaseSettings database = postgres.database("aegis");
      for (int i = 0; i < nodes; i++) {
        cluster.add("gateway-" + i, database, Ports.free(random));
      }
      usable = true;
      return cluster;
    } finally {
      if (!usable) {
        if (redis != null) {
          redis.close();
        }
        postgres.close();
      }
    }
  }

  private void add(String name, DatabaseSettings database, int port) {
    Map<String, String> settings = new HashMap<>();
    settings.put("AEGIS_POSTGRES_URL", database.url());
    settings.put("AEGIS_POSTGRES_USER", database.user());
    settings.put("AEGIS_POSTGRES_PASSWORD", database.password());
    settings.put("AEGIS_POSTGRES_POOL_SIZE", "4"); // all nodes together have 64 connections
    settings.put("AEGIS_REDIS_URL", redis.url());
    settings.put("AEGIS_CLUSTER_KEYS", home.resolve("keys-of-gateways").toString());
    settings.put("AEGIS_CLUSTER_NODE", name);
    settings.put("AEGIS_CLUSTER_SILENCE", SILENCE_MILLIS + "ms");
    settings.put(
        "AEGIS_NETWORK_HEARTBEAT", "2s"); // an agent notices soon that its node stands still
    Path data = home.resolve(name);
    Path log = home.resolve(name + ".log");
    Supervised process =
        new Supervised(
            name,
            _ -> GatewayProcess.launch(data, log, List.of(), port, settings),
            System.nanoTime());
    process.tolerate(DATABASE_NOT_AVAILABLE);
    nodes.add(new Node(data, log, port, process));
  }

  /// The first node makes the keys that the others share.
  @Override
  public GatewayAccess begin() throws IOException, InterruptedException {
    Node first = nodes.getFirst();
    first.await();
    for (Supervised gateway : gateways()) {
      gateway.tick(System.nanoTime());
    }
    for (Node node : nodes) {
      node.await();
    }
    return GatewayAccess.of(first.data, urls().getFirst());
  }

  @Override
  public List<URI> urls() {
    return nodes.stream().map(node -> Ports.agents(node.port)).toList();
  }

  @Override
  public List<Supervised> gateways() {
    return nodes.stream().map(Node::process).toList();
  }

  @Override
  public void tick(long nowNanos) {
    if (redisDown && nowNanos - redisAtNanos >= 0) {
      redis.restart();
      redisDown = false;
    }
  }

  @Override
  public void hurry() {
    redisAtNanos = System.nanoTime();
  }

  @Override
  public boolean kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    return switch (kill.victim()) {
      case GATEWAY -> process(kill).kill(nowNanos, kill.downNanos());
      case GATEWAY_PAUSED -> pause(kill, nowNanos);
      case DATABASE -> killDatabase();
      case REDIS -> killRedis(nowNanos + kill.downNanos());
      case REDIS_FLUSHED -> flushRedis();
      case SENDER, RECEIVER -> throw new IllegalArgumentException("not of a cluster: " + kill);
    };
  }

  private Supervised process(KillSchedule.Kill kill) {
    return nodes.get(kill.process()).process;
  }

  /// Not the one whose turn it is to be killed in the same round: it would hardly ever go on.
  private boolean pause(KillSchedule.Kill kill, long nowNanos) throws IOException {
    Node node = nodes.get((kill.process() + 1) % nodes.size());
    return node.isReady() && node.process.pause(nowNanos, PAUSE_NANOS + kill.downNanos());
  }

  /// It is spared while all gateways are just starting: they give up without it, so most of the run
  /// would be starts.
  private boolean killDatabase() throws IOException {
    return nodes.stream().anyMatch(Node::isReady)
        && Postmaster.kill(home.resolve("postgres"), ProcessHandle.current());
  }

  private boolean killRedis(long backAtNanos) {
    if (redisDown) {
      return false;
    }
    redis.kill();
    redisDown = true;
    redisAtNanos = backAtNanos;
    return true;
  }

  private boolean flushRedis() {
    if (redisDown) {
      return false;
    }
    redis.flush();
    return true;
  }

  @Override
  public void close() {
    try {
      redis.close();
    } finally {
      postgres.close();
    }
  }
}
