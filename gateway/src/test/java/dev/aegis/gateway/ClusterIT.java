package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.ConnectionClosedException;
import dev.aegis.client.Identity;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.client.SubscribeOptions;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Two whole gateways over one Redis and one PostgreSQL: any of them serves any agent.
class ClusterIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir static Path directory;
  private static EmbeddedPostgres postgres;
  private static EmbeddedRedis redis;
  private static TestCluster cluster;
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
    redis = EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
    cluster = new TestCluster(directory, postgres, redis.url());
    one = cluster.node("one");
    two = cluster.node("two");
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
    redis.close();
    postgres.close();
  }

  @Test
  void aMessageReachesAnAgentOfTheOtherNodeWithEveryGuarantee() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    try (AegisClient _ = AegisClient.connect(two.enrol("c-bob"), c -> c.on("note", received::add));
        AegisClient alice = AegisClient.connect(one.enrol("c-alice"))) {
      for (Guarantee guarantee : Guarantee.values()) {
        Sent sent =
            alice.send(OutgoingMessage.text("c-bob", "note", "hello").withGuarantee(guarantee));
        IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).as("%s", guarantee).isNotNull();
        assertThat(message.text()).isEqualTo("hello");
        if (guarantee.isDurable()) {
          sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void anAgentThatMovesFindsItsMailboxAndKeepsTheOrder() throws Exception {
    ClientOptions bob = one.enrol("m-bob");
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    try (AegisClient alice = AegisClient.connect(one.enrol("m-alice"))) {
      List<Sent> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sent.add(alice.send(OutgoingMessage.text("m-bob", "note", "before " + i)));
      }
      for (Sent each : sent) {
        each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      try (AegisClient _ = AegisClient.connect(at(two, bob), c -> c.on("note", received::add))) {
        for (int i = 0; i < 20; i++) {
          alice.send(OutgoingMessage.text("m-bob", "note", "after " + i));
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
          assertThat(message).as("after %s", texts).isNotNull();
          texts.add(message.text());
        }
        List<String> expected = new ArrayList<>();
        for (String when : List.of("before ", "after ")) {
          for (int i = 0; i < 20; i++) {
            expected.add(when + i);
          }
        }
        assertThat(texts).containsExactlyElementsOf(expected);
      }
    }
  }

  @Test
  void aNewerLoginAtTheOtherNodeTakesOver() throws Exception {
    ClientOptions bob = one.enrol("t-bob");
    BlockingQueue<IncomingMessage> first = new LinkedBlockingQueue<>();
    BlockingQueue<IncomingMessage> second = new LinkedBlockingQueue<>();
    try (AegisClient older = AegisClient.connect(bob, c -> c.on("note", first::add));
        AegisClient _ = AegisClient.connect(at(two, bob), c -> c.on("note", second::add));
        AegisClient alice = AegisClient.connect(one.enrol("t-alice"))) {
      older.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      alice
          .send(OutgoingMessage.text("t-bob", "note", "hello"))
          .processed()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(second.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      assertThat(first).isEmpty();
    }
  }

  @Test
  void aRequestIsAnsweredAcrossNodes() throws Exception {
    try (AegisClient _ =
            AegisClient.connect(
                two.enrol("r-bob"),
                c ->
                    c.onRequest(
                        "question", m -> (m.text() + "!").getBytes(StandardCharsets.UTF_8)));
        AegisClient alice = AegisClient.connect(one.enrol("r-alice"))) {
      assertThat(
              alice
                  .request(
                      OutgoingMessage.text("r-bob", "question", "well"), Duration.ofSeconds(20))
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                  .text())
          .isEqualTo("well!");
    }
  }

  @Test
  void aBroadcastReachesTheAgentsOfAllNodes() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    try (AegisClient _ =
            AegisClient.connect(
                one.enrol("b-one"), c -> c.on("news", m -> received.add("one " + m.text())));
        AegisClient _ =
            AegisClient.connect(
                two.enrol("b-two"), c -> c.on("news", m -> received.add("two " + m.text())));
        AegisClient alice = AegisClient.connect(one.enrol("b-alice"))) {
      alice.send(OutgoingMessage.text("*", "news", "hear").withGuarantee(Guarantee.BEST_EFFORT));
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .until(() -> received.contains("one hear") && received.contains("two hear"));
    }
  }

  @Test
  void aTopicReachesTheSubscribersOfAllNodes() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    try (AegisClient bob = AegisClient.connect(two.enrol("p-bob"));
        AegisClient alice = AegisClient.connect(one.enrol("p-alice"))) {
      bob.subscribe("weather.*", m -> received.add(m.text())).active().get(20, TimeUnit.SECONDS);
      alice.publish(
          "weather.north",
          OutgoingMessage.text("*", "news", "rain").withGuarantee(Guarantee.BEST_EFFORT));
      assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("rain");
    }
  }

  @Test
  void ofAQueueGroupOneAgentOfTheClusterGetsEachMessage() throws Exception {
    Map<String, BlockingQueue<String>> received = new LinkedHashMap<>();
    List<AegisClient> workers = new ArrayList<>();
    ClientOptions alice = one.enrol("q-alice");
    try (TestGateway three = cluster.node("three");
        AegisClient publisher = AegisClient.connect(alice)) {
      // None at the node that accepts, two at the second, one at the third.
      for (TestGateway node : List.of(two, two, three)) {
        workers.add(worker(node, "q-worker-" + workers.size(), received));
      }
      for (Guarantee guarantee : List.of(Guarantee.BEST_EFFORT, Guarantee.AT_LEAST_ONCE)) {
        String prefix = guarantee.name();
        warmUp(publisher, guarantee, received);
        for (int i = 0; i < 90; i++) {
          Sent sent =
              publisher.publish(
                  "job.x", OutgoingMessage.text("*", "job", prefix + i).withGuarantee(guarantee));
          if (guarantee.isDurable()) {
            sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          }
        }
        awaitEach(received, prefix, 90);
        received.values().forEach(texts -> assertThat(texts).as("takes part").isNotEmpty());
      }
      // Who leaves has no turn any more, and who joins where messages are accepted has.
      workers.removeLast().close();
      workers.add(worker(one, "q-worker-3", received));
      warmUp(publisher, Guarantee.BEST_EFFORT, received);
      received.values().forEach(BlockingQueue::clear);
      for (int i = 0; i < 90; i++) {
        publisher.publish(
            "job.x",
            OutgoingMessage.text("*", "job", "later" + i).withGuarantee(Guarantee.BEST_EFFORT));
      }
      awaitEach(received, "later", 90);
      assertThat(received.get("q-worker-2")).isEmpty();
      assertThat(received.get("q-worker-3")).isNotEmpty();
    } finally {
      workers.forEach(AegisClient::close);
    }
  }

  private static AegisClient worker(
      TestGateway node, String name, Map<String, BlockingQueue<String>> received) throws Exception {
    BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    received.put(name, texts);
    AegisClient client = AegisClient.connect(node.enrol(name));
    client
        .subscribe(
            "job.*",
            SubscribeOptions.defaults().withQueueGroup("workers"),
            message -> texts.add(message.text()))
        .active()
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return client;
  }

  /// Publishes until each worker that is connected has had a turn: all nodes have heard of it.
  private static void warmUp(
      AegisClient publisher, Guarantee guarantee, Map<String, BlockingQueue<String>> received) {
    received.values().forEach(BlockingQueue::clear);
    List<BlockingQueue<String>> newest = List.copyOf(received.values());
    List<BlockingQueue<String>> connected = new ArrayList<>(newest);
    if (newest.size() > 3) {
      connected.remove(2); // it has left
    }
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          publisher.publish(
              "job.x", OutgoingMessage.text("*", "job", "warm").withGuarantee(guarantee));
          return connected.stream().noneMatch(BlockingQueue::isEmpty);
        });
  }

  private static void awaitEach(
      Map<String, BlockingQueue<String>> received, String prefix, int count) {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add(prefix + i);
    }
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .untilAsserted(() ->
            assertThat(
                    received.values().stream()
                        .flatMap(BlockingQueue::stream)
                        .filter(text -> text.startsWith(prefix)))
                .containsExactlyInAnyOrderElementsOf(expected));
  }

  @Test
  void aJoinTokenLetsOneAgentInWhicheverNodesAreAsked() throws Exception {
    for (int round = 0; round < 3; round++) {
      String token =
          Json.parse(one.admin("POST", "/admin/tokens", Map.of()).body())
              .path("join_token")
              .asString();
      List<Callable<Boolean>> both = new ArrayList<>();
      for (TestGateway node : List.of(one, two)) {
        ClientOptions agent =
            node.options("j-" + both.size() + round, Identity.generate(new SecureRandom()))
                .withJoinToken(token);
        both.add(() -> joins(agent));
      }
      try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
        int joined = 0;
        for (Future<Boolean> each : threads.invokeAll(both)) {
          joined += each.get() ? 1 : 0;
        }
        assertThat(joined).isEqualTo(1);
      }
    }
  }

  private static boolean joins(ClientOptions agent) throws Exception {
    try (AegisClient _ = AegisClient.connect(agent)) {
      return true;
    } catch (ConnectionClosedException _) {
      return false;
    }
  }

  @Test
  void whoIsShutOutAtOneNodeIsOutAtAll() throws Exception {
    ClientOptions bob = one.enrol("x-bob");
    try (AegisClient client = AegisClient.connect(at(two, bob));
        AegisClient alice = AegisClient.connect(two.enrol("x-alice"))) {
      alice
          .send(OutgoingMessage.text("x-bob", "note", "hello"))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(one.admin("DELETE", "/admin/agents/x-bob", null).statusCode()).isEqualTo(200);
      client.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(joins(at(two, bob))).isFalse();
      await()
          .atMost(Duration.ofSeconds(2)) // what is remembered of an agent lasts for ten
          .untilAsserted(() ->
              assertThatThrownBy(() ->
                      alice
                          .send(OutgoingMessage.text("x-bob", "note", "hello"))
                          .accepted()
                          .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                  .cause()
                  .isInstanceOfSatisfying(
                      RefusedException.class,
                      e -> assertThat(e.code()).isEqualTo(ErrorCode.RECIPIENT_REVOKED)));
    }
  }

  @Test
  void anApiKeyOfOneNodeIsGoodAtAll() throws Exception {
    String key = one.apiKey("viewer");
    for (TestGateway node : List.of(one, two)) {
      assertThat(node.rest("GET", "/api/v1/agents/nobody/status", key, null).statusCode())
          .isEqualTo(404);
      assertThat(node.rest("GET", "/api/v1/agents/nobody/status", key + "x", null).statusCode())
          .isEqualTo(401);
    }
  }

  /// One that is not told would let 32 pass at the second node.
  @Test
  void anApiKeyHasOneRateForAllNodes() throws Exception {
    one.enrol("l-bob");
    String key = one.apiKey("sender");
    assertThat(passes(() -> post(one, key))).isGreaterThanOrEqualTo(32);
    assertThat(passes(() -> post(two, key))).isLessThan(16);
  }

  @Test
  void anAgentThatMovesTakesItsRateAlong() throws Exception {
    ClientOptions alice = one.enrol("l-alice");
    two.enrol("l-carol");
    try (AegisClient here = AegisClient.connect(alice)) {
      assertThat(passes(() -> scarce(here))).isGreaterThanOrEqualTo(32);
    }
    try (AegisClient there = AegisClient.connect(at(two, alice))) {
      assertThat(passes(() -> scarce(there))).isLessThan(16);
    }
  }

  private static boolean post(TestGateway node, String key) throws Exception {
    String body = "{\"type\":\"" + TestCluster.SCARCE + "\",\"content\":1}";
    int status = node.rest("POST", "/api/v1/agents/l-bob/send", key, body).statusCode();
    assertThat(status).isIn(202, 429);
    return status == 202;
  }

  private static boolean scarce(AegisClient client) throws Exception {
    try {
      client
          .send(OutgoingMessage.text("l-carol", TestCluster.SCARCE, "x"))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(RefusedException.class);
      return false;
    }
  }

  /// How many pass until one does not.
  private static int passes(Callable<Boolean> one) throws Exception {
    int passed = 0;
    while (one.call()) {
      passed++;
    }
    return passed;
  }

  @Test
  void theStatusShowsTheNodes() throws Exception {
    await()
        .untilAsserted(() ->
            assertThat(
                    Json.parse(one.admin("GET", "/status", null).body())
                        .path("nodes")
                        .valueStream()
                        .map(node -> node.path("node").asString()))
                .containsExactlyInAnyOrder("one", "two"));
  }

  @Test
  void theClusterShowsWhoOwnsHowManyMailboxes() throws Exception {
    try (AegisClient _ = AegisClient.connect(one.enrol("o-alice"));
        AegisClient _ = AegisClient.connect(two.enrol("o-bob"))) {
      await()
          .untilAsserted(() ->
              assertThat(
                      Json.parse(two.admin("GET", "/admin/cluster", null).body())
                          .path("nodes")
                          .valueStream())
                  .hasSize(2));
      JsonNode shown = Json.parse(two.admin("GET", "/admin/cluster", null).body());
      assertThat(shown.path("member").asBoolean()).isTrue();
      assertThat(shown.path("ownsMailboxes").asBoolean()).isTrue();
      assertThat(shown.path("fabric").path("up").asBoolean()).isTrue();
      assertThat(shown.path("nodes").valueStream())
          .hasSize(2)
          .allSatisfy(node -> assertThat(node.path("mailboxes").asLong()).isPositive());
      JsonNode status = Json.parse(two.admin("GET", "/status", null).body());
      assertThat(status.path("fabric").path("up").asBoolean()).isTrue();
      assertThat(status.path("forwarding").isNumber()).isTrue();
      assertThat(status.path("leaseMillis").asLong()).isPositive();
      assertThat(status.path("mailboxesHere").asLong()).isPositive();
      assertThat(status.path("waitingLogins").asLong()).isZero();
      assertThat(status.path("fabric").path("openBreakers").asLong()).isZero();
      String metrics = two.admin("GET", "/metrics", null).body();
      assertThat(metrics)
          .contains("aegis_cluster_members 2.0")
          .contains("aegis_fabric_up 1.0")
          .contains("aegis_fabric_breakers_open 0.0")
          .contains("aegis_fabric_refused_total{reason=\"no-inbox\"}")
          .contains("aegis_fabric_inbox_entries");
      assertThat(value(metrics, "aegis_cluster_lease_seconds")).isPositive();
      assertThat(value(metrics, "aegis_cluster_mailboxes")).isPositive();
      assertThat(value(metrics, "aegis_fabric_sent_total")).isPositive();
      assertThat(value(metrics, "aegis_fabric_roundtrip_seconds_count")).isPositive();
      assertThat(value(metrics, "aegis_fabric_roundtrip_seconds_sum")).isPositive();
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  /// The same agent through another node.
  static ClientOptions at(TestGateway node, ClientOptions agent) {
    return node.options(agent.agentId(), agent.identity());
  }
}
