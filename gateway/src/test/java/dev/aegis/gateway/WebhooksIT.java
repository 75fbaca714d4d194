package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.WebhookReceiver.Received;
import dev.aegis.gateway.WebhookReceiver.Reply;
import dev.aegis.gateway.http.Json;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import tools.jackson.databind.JsonNode;

/// Agents that have an endpoint and no session get their messages there.
@OnEverySite
class WebhooksIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Agents that all nodes of a site know by the time their test comes: a node that did not
  /// register one learns of it two seconds later, which would be most of each test's time.
  private static final List<String> EARLY =
      List.of("wh-plain", "wh-fails", "wh-gone", "wh-polls", "wh-secret", "wh-pages");

  private static final Map<String, Hook> HOOKS = new HashMap<>();

  private final Site site;
  private WebhookReceiver receiver;
  private String admin;

  /// What an agent of [#EARLY] has.
  private record Hook(WebhookReceiver receiver, String secret) {}

  WebhooksIT(Site site) {
    this.site = site;
  }

  @BeforeParameterizedClassInvocation
  static void registerEarly(Site site) throws Exception {
    String admin = site.apiKey("admin");
    for (String agent : EARLY) {
      WebhookReceiver receiver = new WebhookReceiver();
      HOOKS.put(agent, new Hook(receiver, register(site, admin, receiver, agent)));
    }
  }

  @AfterParameterizedClassInvocation
  static void closeEarly() {
    HOOKS.values().forEach(hook -> hook.receiver.close());
    HOOKS.clear();
  }

  @BeforeEach
  void start() throws Exception {
    receiver = new WebhookReceiver();
    admin = site.apiKey("admin");
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  @Test
  void aMessageIsPostedSignedAndItsSenderHearsThatItIsProcessed() throws Exception {
    String secret = early("wh-plain");
    receiver.answering(_ -> Reply.json("{\"answer\": 42}"));
    try (AegisClient sender = AegisClient.connect(site.enrol("wh-plain-sender"))) {
      Sent sent = sender.send(OutgoingMessage.text("wh-plain", "task", "hello"));
      sent.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(receiver.at("/wh-plain")).hasSize(1);
      Received posted = receiver.at("/wh-plain").getFirst();
      assertThat(posted.isSignedWith(secret)).isTrue();
      assertThat(posted.id()).isEqualTo(sent.id().toString());
      assertThat(posted.attempt()).isEqualTo("1");
      assertThat(Math.abs(System.currentTimeMillis() / 1_000 - posted.timestamp())).isLessThan(60);
      assertThat(posted.json().path("id").asString()).isEqualTo(posted.id());
      assertThat(posted.json().path("from").asString()).isEqualTo("wh-plain-sender");
      assertThat(posted.json().path("payload").asString()).isEqualTo("aGVsbG8=");

      await().atMost(PATIENCE).until(() -> status(posted.id()).equals("processed"));
      JsonNode shown = awaitDeliveries(posted.id(), 1);
      assertThat(shown.path("result").path("answer").asInt()).isEqualTo(42);
      JsonNode attempt = shown.path("deliveries").path(0);
      assertThat(attempt.path("status").asString()).isEqualTo("success");
      assertThat(attempt.path("response_code").asInt()).isEqualTo(200);
      assertThat(attempt.path("response_body").asString()).isEqualTo("{\"answer\": 42}");
    }
  }

  @Test
  void whatFailsComesAgainByItsPolicyAndIsADeadLetterAfterTheLastFailure() throws Exception {
    early("wh-fails");
    AtomicInteger failures = new AtomicInteger();
    receiver.answering(_ ->
        failures.getAndIncrement() == 0
            ? new Reply(500, Map.of(), "out of order".repeat(200))
            : Reply.of(204));
    String taken = send("wh-fails", "{\"max_retries\": 3}");
    JsonNode shown = awaitDeliveries(taken, 2);
    await().atMost(PATIENCE).until(() -> status(taken).equals("processed"));
    JsonNode first = shown.path("deliveries").path(0);
    assertThat(first.path("status").asString()).isEqualTo("failed");
    assertThat(first.path("response_code").asInt()).isEqualTo(500);
    assertThat(first.path("response_body").asString()).hasSize(1_024).startsWith("out of order");
    assertThat(first.path("error").asString()).isEqualTo("the server fails");
    assertThat(shown.path("deliveries").path(1).path("attempt").asInt()).isEqualTo(2);
    List<Received> posted = receiver.at("/wh-fails");
    assertThat(posted).extracting(Received::id).containsExactly(taken, taken);
    assertThat(posted).extracting(Received::attempt).containsExactly("1", "2");

    receiver.answering(_ -> Reply.of(400));
    String dead = send("wh-fails", "{\"max_retries\": 1}");
    await().atMost(PATIENCE).until(() -> status(dead).equals("dead"));
    JsonNode letters =
        Json.parse(site.rest("GET", "/api/v1/dead-letters?recipient=wh-fails", admin, null).body());
    assertThat(letters.path("dead_letters")).hasSize(1);
    assertThat(letters.path("dead_letters").path(0).path("id").asString()).isEqualTo(dead);
    assertThat(letters.path("dead_letters").path(0).path("reason").asString())
        .isEqualTo("handler-failed");

    // And again, by hand.
    receiver.answering(_ -> Reply.of(204));
    assertThat(call("POST", "/api/v1/messages/" + dead + "/redrive", admin, null)).isEqualTo(202);
    await().atMost(PATIENCE).until(() -> status(dead).equals("processed"));
  }

  @Test
  void aServerThatIsGoneGetsNothingMoreUntilItsAgentHasAnEndpointAgain() throws Exception {
    early("wh-gone");
    receiver.answering(_ -> Reply.of(410));
    String first = send("wh-gone", "{}");
    await().atMost(PATIENCE).until(() -> state("wh-gone").equals("disabled"));
    String second = send("wh-gone", "{}");
    awaitDeliveries(first, 1);
    assertThat(deliveries("wh-gone", "")).hasSize(1);

    receiver.answering(_ -> Reply.of(204));
    HttpResponse<String> patched =
        site.rest(
            "PATCH",
            "/api/v1/agents/wh-gone",
            admin,
            "{\"endpoint\":\"" + receiver.url("/wh-gone") + "\"}");
    assertThat(patched.statusCode()).isEqualTo(200);
    assertThat(Json.parse(patched.body()).has("webhook_secret")).isFalse();
    await()
        .atMost(PATIENCE)
        .until(() -> status(first).equals("processed") && status(second).equals("processed"));
    assertThat(state("wh-gone")).isEqualTo("ready");
  }

  @Test
  void aSocketGoesBeforeAndWhatComesAfterItIsPosted() throws Exception {
    ClientOptions agent = site.enrol("wh-socket");
    HttpResponse<String> patched =
        site.rest(
            "PATCH",
            "/api/v1/agents/wh-socket",
            admin,
            "{\"endpoint\":\"" + receiver.url("/wh-socket") + "\"}");
    assertThat(Json.parse(patched.body()).path("webhook_secret").asString()).startsWith("whsec_");
    String before = send("wh-socket", "{}");
    await().atMost(PATIENCE).until(() -> status(before).equals("processed"));

    Queue<String> heard = new ConcurrentLinkedQueue<>();
    try (AegisClient _ =
        AegisClient.connect(
            agent, c -> c.on("task", m -> heard.add(m.message().id().toString())))) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        ids.add(send("wh-socket", "{}"));
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(heard).containsExactlyInAnyOrderElementsOf(ids));
      for (String id : ids) {
        await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
      }
    }
    String after = send("wh-socket", "{}");
    await().atMost(PATIENCE).until(() -> status(after).equals("processed"));
    assertThat(receiver.at("/wh-socket")).extracting(Received::id).containsExactly(before, after);
  }

  @Test
  void aPollGoesBeforeToo() throws Exception {
    early("wh-polls");
    receiver.answering(_ -> Reply.of(500));
    String mailbox = "/api/v1/agents/wh-polls/mailbox?wait=20";
    String id = send("wh-polls", "{\"max_retries\": 20}");
    await().atMost(PATIENCE).until(() -> !receiver.at("/wh-polls").isEmpty());
    JsonNode polled = Json.parse(site.node(0).rest("GET", mailbox, admin, null).body());
    assertThat(polled.path("messages").path(0).path("id").asString()).isEqualTo(id);
    assertThat(polled.path("messages").path(0).path("attempt").asInt()).isGreaterThan(1);
    int posted = receiver.at("/wh-polls").size();
    String next = send("wh-polls", "{}");
    polled = Json.parse(site.node(0).rest("GET", mailbox, admin, null).body());
    assertThat(polled.path("messages").path(0).path("id").asString()).isEqualTo(next);
    assertThat(receiver.at("/wh-polls")).hasSize(posted);
  }

  @Test
  void anotherSecretSignsBesideTheOldOneForAWhile() throws Exception {
    String old = early("wh-secret");
    HttpResponse<String> rotated =
        site.rest("POST", "/api/v1/agents/wh-secret/webhook/secret", admin, null);
    assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
    String fresh = Json.parse(rotated.body()).path("webhook_secret").asString();
    assertThat(fresh).startsWith("whsec_").isNotEqualTo(old);
    assertThat(Json.parse(rotated.body()).path("old_secret_until").isNull()).isFalse();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> { // a node that did not make it learns of it a moment later
          String id = send("wh-secret", "{}");
          await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
          Received posted = receiver.at("/wh-secret").getLast();
          assertThat(posted.isSignedWith(fresh)).isTrue();
          assertThat(posted.isSignedWith(old)).isTrue();
        });

    site.rest("POST", "/api/v1/agents/wh-secret/webhook/secret", admin, "{\"grace_seconds\": 0}");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          String id = send("wh-secret", "{}");
          await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
          assertThat(receiver.at("/wh-secret").getLast().isSignedWith(fresh)).isFalse();
        });
  }

  @Test
  void anEndpointIsTriedWithSomethingThatIsNoMessage() throws Exception {
    String secret = register("wh-try");
    receiver.answering(_ -> new Reply(202, Map.of(), "thanks"));
    JsonNode tried = tryOut("wh-try");
    assertThat(tried.path("delivered").asBoolean()).isTrue();
    assertThat(tried.path("response_code").asInt()).isEqualTo(202);
    assertThat(tried.path("response_body").asString()).isEqualTo("thanks");
    Received ping = receiver.at("/wh-try").getFirst();
    assertThat(ping.isSignedWith(secret)).isTrue();
    assertThat(ping.json().path("type").asString()).isEqualTo("ping");

    receiver.answering(_ -> Reply.of(302).with("Location", "/elsewhere"));
    tried = tryOut("wh-try");
    assertThat(tried.path("delivered").asBoolean()).isFalse();
    assertThat(tried.path("error").asString()).isEqualTo("redirects are not followed");
    assertThat(receiver.at("/elsewhere")).isEmpty();
    assertThat(deliveries("wh-try", "")).isEmpty();
  }

  @Test
  void attemptsComeInPagesTheNewestFirst() throws Exception {
    early("wh-pages");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String id = send("wh-pages", "{}");
      awaitDeliveries(id, 1);
      ids.addFirst(id);
    }
    String path = "/api/v1/agents/wh-pages/deliveries?limit=2";
    JsonNode first = Json.parse(site.rest("GET", path, admin, null).body());
    assertThat(first.path("deliveries"))
        .extracting(d -> d.path("message_id").asString())
        .containsExactlyElementsOf(ids.subList(0, 2));
    String cursor = first.path("next_cursor").asString();
    JsonNode second = Json.parse(site.rest("GET", path + "&cursor=" + cursor, admin, null).body());
    assertThat(second.path("deliveries"))
        .extracting(d -> d.path("message_id").asString())
        .containsExactly(ids.get(2));
    assertThat(second.has("next_cursor")).isFalse();
  }

  @Test
  void whoMayNotIsToldSo() throws Exception {
    register("wh-closed");
    site.enrol("wh-without");
    String webhook = "/api/v1/agents/wh-closed/webhook";
    String viewer = site.apiKey("viewer");
    String sender = site.apiKey("sender");
    assertThat(call("GET", webhook, null, null)).isEqualTo(401);
    assertThat(call("GET", webhook, viewer, null)).isEqualTo(200);
    assertThat(call("PATCH", webhook, sender, "{\"concurrency\": 1}")).isEqualTo(403);
    assertThat(call("PATCH", webhook, admin, "{\"concurrency\": 1}")).isEqualTo(200);
    assertThat(call("PATCH", webhook, admin, "{\"concurrency\": null}")).isEqualTo(200);
    assertThat(call("PATCH", webhook, admin, "{\"concurrency\": 65}")).isEqualTo(400);
    assertThat(call("PATCH", webhook, admin, "{}")).isEqualTo(400);
    assertThat(call("POST", webhook + "/secret", null, null)).isEqualTo(401);
    assertThat(call("POST", webhook + "/secret", sender, null)).isEqualTo(403);
    assertThat(call("POST", webhook + "/secret", admin, "{\"grace_seconds\": -1}")).isEqualTo(400);
    assertThat(call("POST", webhook + "/test", null, null)).isEqualTo(401);
    assertThat(call("POST", webhook + "/test", viewer, null)).isEqualTo(403);
    String deliveries = "/api/v1/agents/wh-closed/deliveries";
    assertThat(call("GET", deliveries, null, null)).isEqualTo(401);
    assertThat(call("GET", deliveries, viewer, null)).isEqualTo(200);
    assertThat(call("GET", deliveries + "?cursor=x", admin, null)).isEqualTo(400);
    assertThat(call("GET", deliveries + "?limit=0", admin, null)).isEqualTo(400);
    for (String agent : List.of("wh-nobody", "wh-without")) {
      assertThat(call("GET", "/api/v1/agents/" + agent + "/webhook", admin, null)).isEqualTo(404);
      assertThat(call("POST", "/api/v1/agents/" + agent + "/webhook/test", admin, null))
          .isEqualTo(404);
    }
    assertThat(call("GET", "/api/v1/agents/wh-nobody/deliveries", admin, null)).isEqualTo(404);
    String unfit = "{\"agent_id\":\"wh-unfit\",\"endpoint\":\"ftp://127.0.0.1/\"}";
    assertThat(call("POST", "/api/v1/agents", admin, unfit)).isEqualTo(400);
  }

  /// An endpoint that was registered with an earlier gateway.
  @Test
  void nothingIsPostedBeforeThereIsASecret() throws Exception {
    register("wh-early");
    try (var sql = site.database();
        var statement = sql.createStatement()) {
      statement.executeUpdate("DELETE FROM webhooks WHERE agent_id = 'wh-early'");
    }
    String webhook = "/api/v1/agents/wh-early/webhook";
    assertThat(state("wh-early")).isEqualTo("no-secret");
    assertThat(call("POST", webhook + "/test", admin, null)).isEqualTo(409);
    assertThat(call("PATCH", webhook, admin, "{\"concurrency\": 1}")).isEqualTo(409);
    HttpResponse<String> made = site.rest("POST", webhook + "/secret", admin, null);
    assertThat(Json.parse(made.body()).path("webhook_secret").asString()).startsWith("whsec_");
    String id = send("wh-early", "{}");
    await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
  }

  /// From now on the test's receiver is that of this agent.
  private String early(String agent) {
    receiver.close();
    Hook hook = Objects.requireNonNull(HOOKS.get(agent));
    receiver = hook.receiver;
    return hook.secret;
  }

  private String register(String agent) throws Exception {
    return register(site, admin, receiver, agent);
  }

  private static String register(Site site, String admin, WebhookReceiver receiver, String agent)
      throws Exception {
    HttpResponse<String> made =
        site.rest(
            "POST",
            "/api/v1/agents",
            admin,
            "{\"agent_id\":\"%s\",\"endpoint\":\"%s\"}"
                .formatted(agent, receiver.url("/" + agent)));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return Json.parse(made.body()).path("webhook_secret").asString();
  }

  private String send(String to, String metadata) throws Exception {
    HttpResponse<String> sent =
        site.rest(
            "POST",
            "/api/v1/messages",
            admin,
            "{\"to\":\"%s\",\"type\":\"task\",\"content\":{},\"metadata\":%s}"
                .formatted(to, metadata));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return Json.parse(sent.body()).path("id").asString();
  }

  private JsonNode message(String id) throws Exception {
    return Json.parse(site.rest("GET", "/api/v1/messages/" + id, admin, null).body());
  }

  private String status(String id) throws Exception {
    return message(id).path("status").asString();
  }

  private String state(String agent) throws Exception {
    return Json.parse(site.rest("GET", "/api/v1/agents/" + agent + "/webhook", admin, null).body())
        .path("state")
        .asString();
  }

  private JsonNode deliveries(String agent, String query) throws Exception {
    return Json.parse(
            site.rest("GET", "/api/v1/agents/" + agent + "/deliveries" + query, admin, null).body())
        .path("deliveries");
  }

  /// They are written a moment later.
  private JsonNode awaitDeliveries(String id, int count) {
    JsonNode[] shown = new JsonNode[1];
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          shown[0] = message(id);
          assertThat(shown[0].path("deliveries")).hasSize(count);
        });
    return shown[0];
  }

  private JsonNode tryOut(String agent) throws Exception {
    HttpResponse<String> tried =
        site.rest("POST", "/api/v1/agents/" + agent + "/webhook/test", admin, null);
    assertThat(tried.statusCode()).as(tried.body()).isEqualTo(200);
    return Json.parse(tried.body());
  }

  private int call(String method, String path, @Nullable String key, @Nullable String body)
      throws Exception {
    return site.rest(method, path, key, body).statusCode();
  }
}
