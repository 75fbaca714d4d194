package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.WebhookReceiver.Received;
import dev.aegis.gateway.WebhookReceiver.Reply;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What bounds posting: where to, how often, how many at a time. Only 127.0.0.1 is allowed.
class WebhookLimitsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PATIENT = "{\"max_retries\": 100}";

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static String admin;
  private static String foreign;
  private WebhookReceiver receiver;

  @BeforeAll
  static void start() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    GatewayConfig config = new GatewayConfig(directory.resolve("gw"), free, free, null, null);
    gateway =
        new TestGateway(
            config.withRest(
                new GatewayConfig.Rest(config.rest().keyRate(), null, WebhookReceiver.SETTINGS)));
    RestKeys keys = RestKeys.of(gateway);
    admin = keys.admin();
    foreign = keys.foreign();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void open() throws Exception {
    receiver = new WebhookReceiver();
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  @Test
  void nothingIsPostedToAnAddressThatIsNotAllowed() throws Exception {
    int n = 0;
    for (String host : List.of("127.0.0.2", "[::1]", "0.0.0.0")) {
      String agent = "wl-denied-" + n++;
      register(agent, receiver.url("/denied").replace("127.0.0.1", host));
      String id = send(agent, "{\"max_retries\": 0}");
      await().atMost(PATIENCE).until(() -> status(id).equals("failed"));
      JsonNode attempt = awaitDeliveries(id).path(0);
      assertThat(attempt.path("response_code").isNull()).as(host).isTrue();
      assertThat(attempt.path("error").asString())
          .as(host)
          .isEqualTo("the endpoint is not where messages may be posted to");
      assertThat(message(id).path("reason").asString()).isEqualTo("recipient-offline");
    }
    assertThat(receiver.at("/denied")).isEmpty();
  }

  /// Of its addresses only those that are allowed count.
  @Test
  void aNameIsCheckedByWhatItLeadsTo() throws Exception {
    register("wl-name", receiver.url("/name").replace("127.0.0.1", "localhost"));
    String id = send("wl-name", "{}");
    await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
  }

  @Test
  void aRedirectToWhereNothingMayBePostedIsNotFollowed() throws Exception {
    receiver.answering(_ ->
        Reply.of(307).with("Location", receiver.url("/inside").replace("127.0.0.1", "127.0.0.2")));
    register("wl-redirect", receiver.url("/outside"));
    String id = send("wl-redirect", "{\"max_retries\": 0}");
    await().atMost(PATIENCE).until(() -> status(id).equals("failed"));
    assertThat(receiver.at("/outside")).hasSize(1);
    assertThat(receiver.at("/inside")).isEmpty();
  }

  @Test
  void aServerMayAskForAPauseWhichOtherMessagesKeepToo() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    receiver.answering(
        _ -> asked.getAndIncrement() == 0 ? Reply.of(503).with("Retry-After", "2") : Reply.of(204));
    register("wl-pause", receiver.url("/pause"));
    String first = send("wl-pause", PATIENT);
    await().atMost(PATIENCE).until(() -> asked.get() == 1);
    long began = System.nanoTime();
    await().atMost(PATIENCE).until(() -> state("wl-pause").equals("paused"));
    String second = send("wl-pause", PATIENT);
    await()
        .atMost(PATIENCE)
        .until(() -> status(first).equals("processed") && status(second).equals("processed"));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1_800));
    assertThat(message(second).path("failure_count").asInt()).isZero();
    assertThat(receiver.at("/pause")).hasSize(3);
    Instant refused = Instant.parse(attemptedAt(first));
    assertThat(Instant.parse(attemptedAt(second))).isAfter(refused.plusMillis(1_800));
  }

  @Test
  void messagesForAHostThatFailsWaitWithoutBeingTried() throws Exception {
    receiver.answering(_ -> Reply.of(500));
    register("wl-breaker", receiver.url("/breaker"));
    gateway.rest("PATCH", "/api/v1/agents/wl-breaker/webhook", admin, "{\"concurrency\": 1}");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(send("wl-breaker", PATIENT));
    }
    await().atMost(PATIENCE).until(() -> state("wl-breaker").equals("failing"));
    int tried = receiver.at("/breaker").size();
    assertThat(tried).isBetween(5, 7); // five in a row, and perhaps a try since
    assertThat(message(ids.getLast()).path("failure_count").asInt()).isZero();

    receiver.answering(_ -> Reply.of(204));
    for (String id : ids) {
      await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    }
    assertThat(state("wl-breaker")).isEqualTo("ready");
    int failures = 0;
    for (String id : ids) {
      failures += message(id).path("failure_count").asInt();
    }
    assertThat(failures).isBetween(5, 10);
    String metrics = gateway.admin("GET", "/metrics", null).body();
    assertThat(metrics).containsPattern("aegis_webhooks_breakers_opened_total [1-9]");
    assertThat(metrics).contains("aegis_webhooks_attempts_total{result=\"failed\"}");
  }

  /// By its own requests, not by those of others to the same host.
  @Test
  void aHostFailsForOneOrganizationAtATime() throws Exception {
    receiver.answering(request -> Reply.of(request.path().equals("/fails") ? 500 : 204));
    register("wl-fails", receiver.url("/fails"));
    gateway.enrol("wl-other", "elsewhere");
    String endpoint = "{\"endpoint\":\"" + receiver.url("/takes") + "\"}";
    HttpResponse<String> patched =
        gateway.rest("PATCH", "/api/v1/agents/wl-other", foreign, endpoint);
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    for (int i = 0; i < 6; i++) {
      send("wl-fails", PATIENT);
    }
    await().atMost(PATIENCE).until(() -> state("wl-fails").equals("failing"));
    assertThat(state("wl-other", foreign)).isEqualTo("ready");
    send("wl-other", "{}", foreign);
    await().atMost(PATIENCE).until(() -> receiver.at("/takes").size() == 1);
  }

  /// One that cannot be opened, and is another agent's affair.
  @Test
  void aSecretThatDoesNotOpenStopsItsOwnAgentOnlyUntilThereIsAnother() throws Exception {
    register("wl-spoilt", receiver.url("/spoilt"));
    register("wl-whole", receiver.url("/whole"));
    try (Connection sql = gateway.database();
        Statement statement = sql.createStatement()) {
      statement.executeUpdate("UPDATE webhooks SET secret = '\\x00' WHERE agent_id = 'wl-spoilt'");
    }
    String whole = "/api/v1/agents/wl-whole/webhook";
    gateway.rest("PATCH", whole, admin, "{\"concurrency\": 1}"); // has them read anew
    String waits = send("wl-spoilt", "{}");
    String id = send("wl-whole", "{}");
    await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    assertThat(state("wl-spoilt")).isEqualTo("no-secret");
    assertThat(receiver.at("/spoilt")).isEmpty();
    HttpResponse<String> made =
        gateway.rest("POST", "/api/v1/agents/wl-spoilt/webhook/secret", admin, null);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    await().atMost(PATIENCE).until(() -> status(waits).equals("processed"));
    assertThat(receiver.at("/spoilt").getFirst().isSignedWith(secret(made))).isTrue();
  }

  @Test
  void anEndpointGetsAsManyAtATimeAsItWants() throws Exception {
    Semaphore mayEnd = new Semaphore(0);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    receiver.answering(_ -> {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      mayEnd.acquireUninterruptibly();
      now.decrementAndGet();
      return Reply.of(204);
    });
    register("wl-many", receiver.url("/many"));
    gateway.rest("PATCH", "/api/v1/agents/wl-many/webhook", admin, "{\"concurrency\": 3}");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      ids.add(send("wl-many", PATIENT));
    }
    await().atMost(PATIENCE).until(() -> now.get() == 3);
    mayEnd.release(ids.size());
    for (String id : ids) {
      await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    }
    assertThat(most.get()).isEqualTo(3);
    assertThat(receiver.at("/many")).extracting(Received::id).doesNotHaveDuplicates().hasSize(9);
  }

  /// All agents and keys of an organization together, and others as they did.
  @Test
  void anOrganizationMayNotHaveEndpointsTriedWithoutPause() throws Exception {
    for (String agent : List.of("wl-ping-1", "wl-ping-2")) {
      gateway.enrol(agent, "elsewhere");
      HttpResponse<String> set =
          gateway.rest(
              "PATCH",
              "/api/v1/agents/" + agent,
              foreign,
              "{\"endpoint\":\"" + receiver.url("/ping") + "\"}");
      assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    }
    HttpResponse<String> last;
    int tried = 0;
    do {
      last = tryOut("wl-ping-" + (tried++ % 2 + 1), foreign);
    } while (last.statusCode() == 200 && tried < 1_000);
    assertThat(last.statusCode()).as("after %d", tried).isEqualTo(429);
    assertThat(Json.parse(last.body()).path("code").asString()).isEqualTo("rate-limited");
    assertThat(last.headers().firstValue("Retry-After")).contains("1");
    assertThat(tried).isGreaterThan(10);
    assertThat(receiver.at("/ping")).hasSize(tried - 1);
    register("wl-ping-3", receiver.url("/ping"));
    assertThat(tryOut("wl-ping-3", admin).statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> tryOut(String agent, String key) throws Exception {
    return gateway.rest("POST", "/api/v1/agents/" + agent + "/webhook/test", key, null);
  }

  @Test
  void theStatusSaysWhatIsPosted() throws Exception {
    register("wl-status", receiver.url("/status"));
    String id = send("wl-status", "{}");
    await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    JsonNode webhooks = Json.parse(gateway.admin("GET", "/status", null).body()).path("webhooks");
    assertThat(webhooks.path("endpoints").asInt()).isPositive();
    assertThat(webhooks.path("attempts").path("delivered").asInt()).isPositive();
  }

  private static String secret(HttpResponse<String> made) {
    return Json.parse(made.body()).path("webhook_secret").asString();
  }

  private static void register(String agent, String url) throws Exception {
    HttpResponse<String> made =
        gateway.rest(
            "POST",
            "/api/v1/agents",
            admin,
            "{\"agent_id\":\"%s\",\"endpoint\":\"%s\"}".formatted(agent, url));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
  }

  private static String send(String to, String metadata) throws Exception {
    return send(to, metadata, admin);
  }

  private static String send(String to, String metadata, String key) throws Exception {
    HttpResponse<String> sent =
        gateway.rest(
            "POST",
            "/api/v1/messages",
            key,
            "{\"to\":\"%s\",\"content\":{},\"metadata\":%s}".formatted(to, metadata));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return Json.parse(sent.body()).path("id").asString();
  }

  private static JsonNode message(String id) throws Exception {
    return Json.parse(gateway.rest("GET", "/api/v1/messages/" + id, admin, null).body());
  }

  private static String status(String id) throws Exception {
    return message(id).path("status").asString();
  }

  private static String state(String agent) throws Exception {
    return state(agent, admin);
  }

  private static String state(String agent, String key) throws Exception {
    return Json.parse(gateway.rest("GET", "/api/v1/agents/" + agent + "/webhook", key, null).body())
        .path("state")
        .asString();
  }

  private static String attemptedAt(String id) {
    return awaitDeliveries(id).path(0).path("attempted_at").asString();
  }

  private static JsonNode awaitDeliveries(String id) {
    JsonNode[] shown = new JsonNode[1];
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          shown[0] = message(id).path("deliveries");
          assertThat(shown[0]).isNotEmpty();
        });
    return shown[0];
  }
}
