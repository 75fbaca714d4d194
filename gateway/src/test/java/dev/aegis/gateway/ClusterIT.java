package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
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
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
    redis = EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
    TestCluster cluster = new TestCluster(directory, postgres, redis.url());
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
    }
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
