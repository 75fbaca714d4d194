package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aegis.client.ClientOptions;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.http.Json;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.EmbeddedRedisCluster;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Gateways that behave as one, each in a process of its own. Agents one after the other connect to
/// different nodes, and calls of HTTP one after the other are made at different nodes, none of them
/// chosen by the test: what it sees must not depend on that.
public final class Site implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Tests have their servers on this machine.
  private static final Map<String, String> WEBHOOKS =
      Map.of(
          "AEGIS_WEBHOOKS_ALLOW", "127.0.0.1",
          "AEGIS_WEBHOOKS_ALLOW_HTTP", "true",
          "AEGIS_WEBHOOKS_GRACE", "500ms");

  private final Topology topology;
  private final Path home;
  private final Deque<Runnable> ends = new ArrayDeque<>();
  private final List<GatewayProcess> nodes = new ArrayList<>();
  private final AtomicInteger agents = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger(1);
  private @Nullable DatabaseSettings database;

  private Site(Topology topology, Path home) {
    this.topology = topology;
    this.home = home;
  }

  /// Starts everything, and waits until it is ready.
  public static Site start(Topology topology) throws Exception {
    Site site = new Site(topology, Files.createTempDirectory("aegis-site-"));
    boolean ready = false;
    try {
      site.begin();
      ready = true;
      return site;
    } finally {
      if (!ready) {
        site.close();
      }
    }
  }

  private void begin() throws Exception {
    if (topology == Topology.ALONE) {
      node(0, WEBHOOKS).awaitReady();
      return;
    }
    DatabaseSettings shared =
        part(EmbeddedPostgres.start(home.resolve("postgres")), EmbeddedPostgres::close)
            .database("aegis");
    database = shared;
    String redis = redisUrl();
    for (int i = 0; i < topology.nodes(); i++) {
      Map<String, String> settings = new HashMap<>(WEBHOOKS);
      settings.put("AEGIS_POSTGRES_URL", shared.url());
      settings.put("AEGIS_POSTGRES_USER", shared.user());
      settings.put("AEGIS_POSTGRES_PASSWORD", shared.password());
      settings.put("AEGIS_POSTGRES_POOL_SIZE", "4"); // all nodes together have 64 connections
      settings.put("AEGIS_REDIS_URL", redis);
      settings.put("AEGIS_CLUSTER_KEYS", home.resolve("keys").toString());
      settings.put("AEGIS_CLUSTER_NODE", "n" + i);
      node(i, settings);
    }
    nodes.forEach(GatewayProcess::awaitReady);
  }

  private String redisUrl() {
    Path servers = home.resolve("redis");
    Path binaries = home.resolve("binaries");
    return topology == Topology.TRIO
        ? part(EmbeddedRedisCluster.start(servers, binaries, 3), EmbeddedRedisCluster::close).url()
        : part(EmbeddedRedis.start(servers, binaries), EmbeddedRedis::close).url();
  }

  private GatewayProcess node(int number, Map<String, String> settings) throws IOException {
    String name = "n" + number;
    Path log =
        Path.of("target", "site-" + topology.name().toLowerCase(Locale.ROOT) + "-" + name + ".log");
    Map<String, String> all = new HashMap<>(settings);
    all.put("AEGIS_STATISTICS_EVERY", "300ms"); // tests wait for them
    GatewayProcess node =
        part(
            new GatewayProcess(Files.createDirectory(home.resolve(name)), log, all),
            GatewayProcess::close);
    nodes.add(node);
    return node;
  }

  private <T> T part(T part, Consumer<T> end) {
    ends.push(() -> end.accept(part));
    return part;
  }

  public Topology topology() {
    return topology;
  }

  /// Where it matters which node it is.
  public GatewayAccess node(int number) {
    return nodes.get(number).access();
  }

  public List<GatewayAccess> nodes() {
    return nodes.stream().map(GatewayProcess::access).toList();
  }

  private GatewayAccess next(AtomicInteger turns) {
    return node(Math.floorMod(turns.getAndIncrement(), nodes.size()));
  }

  /// The identity of all nodes.
  public VerifyingKey publicKey() {
    return node(0).publicKey();
  }

  /// Enrols an agent with a new key in the default organization, at one node, for the next one.
  public ClientOptions enrol(String agent) throws Exception {
    return enrol(agent, "default");
  }

  public ClientOptions enrol(String agent, String organization) throws Exception {
    return elsewhere(next(calls).enrol(agent, organization));
  }

  /// The same agent through the next node.
  public ClientOptions elsewhere(ClientOptions agent) {
    return next(agents).here(agent);
  }

  /// An agent that may not be enrolled, through the next node.
  public ClientOptions options(String agent, SigningKey key) {
    return next(agents).options(agent, key);
  }

  /// The node that the agent connects to.
  public GatewayAccess nodeOf(ClientOptions agent) {
    return nodes().stream()
        .filter(node -> node.url().equals(agent.url()))
        .findFirst()
        .orElseThrow();
  }

  /// Enrols an agent and connects it byte by byte.
  public RawAgent raw(String agent) throws Exception {
    ClientOptions enrolled = enrol(agent);
    return raw(nodeOf(enrolled), enrolled, 0, 0);
  }

  /// Connects an agent byte by byte, through the next node, behind a cursor.
  public RawAgent raw(ClientOptions agent, long mailboxEpoch, long mailboxCursor) throws Exception {
    return raw(next(agents), agent, mailboxEpoch, mailboxCursor);
  }

  private static RawAgent raw(
      GatewayAccess node, ClientOptions agent, long mailboxEpoch, long mailboxCursor)
      throws Exception {
    return RawAgent.resuming(
        node.port(),
        agent.agentId(),
        agent.identity(),
        node.publicKey(),
        mailboxEpoch,
        mailboxCursor);
  }

  public String apiKey(String role) throws Exception {
    return next(calls).apiKey(role);
  }

  /// A call of a management port with the admin's token.
  public HttpResponse<String> admin(String method, String path, @Nullable Map<String, Object> body)
      throws Exception {
    return next(calls).admin(method, path, body);
  }

  /// A call of the REST API.
  public HttpResponse<String> rest(
      String method, String path, @Nullable String key, @Nullable String body) throws Exception {
    return next(calls).rest(method, path, key, body);
  }

  /// Waits until all nodes know all durable subscriptions: others than the one that confirmed learn
  /// of them a moment later.
  public void awaitSubscriptionsKnown() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          int stored = storedSubscriptions();
          for (GatewayAccess node : nodes()) {
            assertThat(
                    Json.parse(node.admin("GET", "/status", null).body())
                        .path("durableSubscriptions")
                        .asInt())
                .isEqualTo(stored);
          }
        });
  }

  private int storedSubscriptions() throws SQLException, IOException {
    try (Connection connection = database();
        Statement query = connection.createStatement();
        ResultSet row = query.executeQuery("SELECT count(*) FROM subscriptions")) {
      row.next();
      return row.getInt(1);
    }
  }

  /// Skips the rest of a test where there are several nodes: of a test that restarts all of them at
  /// once, which no operator does to a cluster. RollingRestartIT restarts them one after the other,
  /// ChaosIT kills them.
  public void assumeAlone(String why) {
    assumeTrue(topology == Topology.ALONE, why);
  }

  /// Stops all nodes and starts them again on the same data.
  public void restart() throws Exception {
    nodes.forEach(GatewayProcess::terminate);
    for (GatewayProcess node : nodes) {
      node.stop();
    }
    for (GatewayProcess node : nodes) {
      node.start();
    }
    nodes.forEach(GatewayProcess::awaitReady);
  }

  /// A connection of plain JDBC to the database, beside those of the gateways.
  public Connection database() throws SQLException, IOException {
    DatabaseSettings shared = database;
    if (shared != null) {
      return DriverManager.getConnection(shared.url(), shared.user(), shared.password());
    }
    Path postgres = home.resolve("n0").resolve("postgres");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:"
            + Files.readString(postgres.resolve("port")).strip()
            + "/aegis",
        "aegis",
        Files.readString(postgres.resolve("password")).strip());
  }

  @Override
  public void close() throws IOException {
    nodes.forEach(GatewayProcess::terminate);
    while (!ends.isEmpty()) {
      ends.pop().run();
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public String toString() {
    return topology.name().toLowerCase(Locale.ROOT);
  }
}
