package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.ConnectionClosedException;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.client.SubscribeOptions;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What holds for a cluster as a whole, and not for each node: groups, rates, keys, who may come.
class ClusterWideIT {
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

  /// As behind a balancer that gives each call to the next node.
  @Test
  void whoPollsAtAnotherNodeEachTimeGetsEachMessageOnce() throws Exception {
    one.enrol("rr-poller");
    String admin = one.apiKey("admin");
    List<String> sent = new ArrayList<>();
    List<String> got = new ArrayList<>();
    try (AegisClient alice = AegisClient.connect(two.enrol("rr-alice"))) {
      for (int i = 0; i < 6; i++) {
        Sent each = alice.send(OutgoingMessage.text("rr-poller", "task", "m" + i));
        each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        sent.add(each.id().toString());
      }
    }
    Iterator<TestGateway> turns = Stream.iterate(one, node -> node == one ? two : one).iterator();
    while (got.size() < sent.size()) {
      JsonNode polled = rest(turns.next(), "GET", "?limit=1&wait=20", admin, null);
      JsonNode message = polled.path("messages").path(0);
      assertThat(message.isMissingNode()).as("after %s: %s", got, polled).isFalse();
      got.add(message.path("id").asString());
      String answer =
          "{\"mailbox_epoch\":%s,\"sequences\":[%d]}"
              .formatted(
                  polled.path("mailbox_epoch").asString(), message.path("sequence").asLong());
      rest(turns.next(), "POST", "/acks", admin, answer);
      turns.next(); // so that each kind of call comes to both
    }
    assertThat(got).containsExactlyElementsOf(sent);
    for (int i = 0; i < 2; i++) {
      assertThat(rest(turns.next(), "GET", "", admin, null).path("messages")).isEmpty();
    }
  }

  private static JsonNode rest(
      TestGateway node, String method, String path, String key, @Nullable String body)
      throws Exception {
    HttpResponse<String> response =
        node.rest(method, "/api/v1/agents/rr-poller/mailbox" + path, key, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.parse(response.body());
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
  void theRegistryIsTheSameAtEveryNode() throws Exception {
    String admin = one.apiKey("admin");
    String path = "/api/v1/agents/g-bob";
    try (EventReader events = EventReader.open(two, "/api/v1/agents/events", admin, null)) {
      ClientOptions bob = one.enrol("g-bob").withReconnect(false);
      assertThat(two.rest("GET", path, admin, null).statusCode()).isEqualTo(200);
      try (AegisClient client = AegisClient.connect(at(two, bob))) {
        await()
            .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
            .until(() ->
                Json.parse(one.rest("GET", path, admin, null).body())
                    .path("state")
                    .asString()
                    .equals("healthy"));
        assertThat(one.rest("PATCH", path, admin, "{\"status\":\"inactive\"}").statusCode())
            .isEqualTo(200);
        client.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      EventReader.Event event = events.next("g-bob");
      while (!event.event().equals("updated")) {
        event = events.next("g-bob");
      }
      assertThat(event.data()).contains("inactive");
    }
  }

  @Test
  void aRepeatAtAnotherNodeIsAnsweredAlike() throws Exception {
    one.enrol("i-bob");
    String sender = one.apiKey("sender");
    Map<String, String> key = Map.of("Idempotency-Key", "elsewhere");
    String path = "/api/v1/agents/i-bob/send";
    HttpResponse<String> first = one.rest("POST", path, sender, "{\"content\":1}", key);
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    HttpResponse<String> again = two.rest("POST", path, sender, "{\"content\":1}", key);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
  }

  /// The same agent through another node.
  static ClientOptions at(TestGateway node, ClientOptions agent) {
    return node.options(agent.agentId(), agent.identity());
  }
}
