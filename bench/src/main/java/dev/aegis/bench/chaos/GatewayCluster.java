package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Gateways that share a PostgreSQL and a Redis, both run by this process: they outlive any
/// gateway. Nobody connects to anybody but through relays.
final class GatewayCluster implements Servers {
  private static final long SILENCE_MILLIS = 1_500;

  /// What stands still for so long is found silent, and taken over, before it goes on.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * SILENCE_MILLIS);

  private final Path home;
  private final EmbeddedPostgres postgres;
  private final RedisServers redis;
  private final Links agents = new Links();
  private final Links databases = new Links();
  private final List<Node> nodes = new ArrayList<>();

  private record Node(Path data, Path log, URI url, Supervised process) {
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

  private GatewayCluster(Path home, EmbeddedPostgres postgres, RedisServers redis) {
    this.home = home;
    this.postgres = postgres;
    this.redis = redis;
  }

  /// Starts the database and Redis, and prepares the gateways.
  static GatewayCluster start(int nodes, Path home, Random random) throws IOException {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(home.resolve("postgres"));
    RedisServers redis = null;
    GatewayCluster cluster = null;
    boolean usable = false;
    try {
      redis = RedisServers.start(home);
      cluster = new GatewayCluster(home, postgres, redis);
      DatabaseSettings database = postgres.database("aegis");
      for (int i = 0; i < nodes; i++) {
        cluster.add("gateway-" + i, database, Ports.free(random));
      }
      usable = true;
      return cluster;
    } finally {
      if (!usable) {
        if (cluster != null) {
          cluster.close();
        } else {
          if (redis != null) {
            redis.close();
          }
          postgres.close();
        }
      }
    }
  }

  private void add(String name, DatabaseSettings database, int port) throws IOException {
    String direct = ":" + postgres.port() + "/";
    String relayed = ":" + databases.to(postgres.port()) + "/";
    Map<String, String> settings = new HashMap<>(OneGateway.SETTINGS);
    settings.put("AEGIS_POSTGRES_URL", database.url().replace(direct, relayed));
    settings.put("AEGIS_POSTGRES_USER", database.user());
    settings.put("AEGIS_POSTGRES_PASSWORD", database.password());
    settings.put("AEGIS_POSTGRES_POOL_SIZE", "4"); // all nodes together have 64 connections
    settings.put("AEGIS_REDIS_URL", redis.url());
    settings.put("AEGIS_CLUSTER_KEYS", home.resolve("keys-of-gateways").toString());
    settings.put("AEGIS_CLUSTER_NODE", name);
    settings.put("AEGIS_CLUSTER_SILENCE", SILENCE_MILLIS + "ms");
    Path data = home.resolve(name);
    Path log = home.resolve(name + ".log");
    Supervised process =
        new Supervised(
            name,
            _ -> GatewayProcess.launch(data, log, List.of(), port, settings),
            System.nanoTime());
    process.tolerate(DATABASE_NOT_AVAILABLE);
    nodes.add(new Node(data, log, Ports.agents(agents.to(port)), process));
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
    return nodes.stream().map(Node::url).toList();
  }

  @Override
  public List<Supervised> gateways() {
    return nodes.stream().map(Node::process).toList();
  }

  @Override
  public void tick(long nowNanos) throws IOException {
    agents.tick(nowNanos);
    databases.tick(nowNanos);
    redis.tick(nowNanos);
  }

  @Override
  public void hurry() {
    agents.mend();
    databases.mend();
    redis.hurry(System.nanoTime());
  }

  @Override
  public Optional<String> kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    return switch (kill.victim()) {
      case GATEWAY ->
          nodes.get(kill.process()).process.kill(nowNanos, kill.downNanos())
              ? Optional.of(kill.away())
              : Optional.empty();
      case GATEWAY_PAUSED -> pause(kill, nowNanos);
      case DATABASE -> killDatabase();
      case REDIS -> redis.kill(kill, nowNanos);
      case REDIS_FLUSHED -> redis.flush();
      case REDIS_FAILOVER -> redis.failOver(kill, nowNanos);
      case AGENTS_CUT -> agents.cut(kill, nowNanos);
      case DATABASE_CUT -> databases.cut(kill, nowNanos);
      case REDIS_CUT -> redis.cut(kill, nowNanos);
      case SENDER, RECEIVER -> throw new IllegalArgumentException("not of a cluster: " + kill);
    };
  }

  @Override
  public Map<Cut, Long> connectionsCut() {
    return Links.sum(
        redis.connectionsCut(), Links.sum(agents.connectionsCut(), databases.connectionsCut()));
  }

  /// Not the one whose turn it is to be killed in the same round: it would hardly ever go on.
  private Optional<String> pause(KillSchedule.Kill kill, long nowNanos) throws IOException {
    int index = (kill.process() + 1) % nodes.size();
    Node node = nodes.get(index);
    long forNanos = PAUSE_NANOS + kill.downNanos();
    return node.isReady() && node.process.pause(nowNanos, forNanos)
        ? Optional.of(index + ", for " + TimeUnit.NANOSECONDS.toMillis(forNanos) + " ms")
        : Optional.empty();
  }

  /// It is spared while all gateways are just starting: they give up without it, so most of the run
  /// would be starts.
  private Optional<String> killDatabase() throws IOException {
    return nodes.stream().anyMatch(Node::isReady)
            && Postmaster.kill(home.resolve("postgres"), ProcessHandle.current())
        ? Optional.of("its server")
        : Optional.empty();
  }

  @Override
  public void close() {
    try {
      redis.close();
    } finally {
      postgres.close();
      agents.close();
      databases.close();
    }
  }
}
