package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Agents that have no socket: they poll their mailbox and answer over REST.
class RestMailboxIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static String admin;
  private static String sender;
  private static String viewer;

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
    admin = gateway.apiKey("admin");
    sender = gateway.apiKey("sender");
    viewer = gateway.apiKey("viewer");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void aMessageFromASocketIsPolledAndItsSenderHearsThatItIsProcessed() throws Exception {
    gateway.enrol("rm-bob");
    try (AegisClient alice = AegisClient.connect(gateway.enrol("rm-alice"))) {
      Sent sent = alice.send(OutgoingMessage.text("rm-bob", "task", "hello"));
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);

      JsonNode polled = poll("rm-bob", 10, 20);
      JsonNode message = polled.path("messages").path(0);
      assertThat(polled.path("messages")).hasSize(1);
      assertThat(message.path("id").asString()).isEqualTo(sent.id().toString());
      assertThat(message.path("from").asString()).isEqualTo("rm-alice");
      assertThat(message.path("payload").asString()).isEqualTo("aGVsbG8=");

      assertThat(ack("rm-bob", polled).statusCode()).isEqualTo(200);
      sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(poll("rm-bob", 10, 0).path("messages")).isEmpty();
    }
  }

  @Test
  void aCallThatWaitsIsAnsweredWhenAMessageComes() throws Exception {
    gateway.enrol("rm-waits");
    CompletableFuture<JsonNode> polled =
        CompletableFuture.supplyAsync(() -> {
          try {
            return poll("rm-waits", 10, 30);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    await().until(() -> connected("rm-waits"));
    String id = send("rm-waits", "{\"n\":1}");
    JsonNode message = polled.get(PATIENCE_SECONDS, TimeUnit.SECONDS).path("messages").path(0);
    assertThat(message.path("id").asString()).isEqualTo(id);
    assertThat(message.path("content").path("n").asInt()).isEqualTo(1);
  }

  /// The calls of a client that lists what is pending, and puts a status.
  @Test
  void whatIsListedCanBeMarkedAsProcessedWithAResult() throws Exception {
    gateway.enrol("rm-lists");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.add(send("rm-lists", "{\"n\":" + i + "}"));
    }
    JsonNode listed = list("rm-lists", "");
    assertThat(listed).extracting(m -> m.path("id").asString()).containsExactlyElementsOf(ids);
    JsonNode second = listed.path(1);
    assertThat(second.path("from_agent_id").asString()).isEqualTo("api.test-sender");
    assertThat(second.path("to_agent_id").asString()).isEqualTo("rm-lists");
    assertThat(second.path("message_type").asString()).isEqualTo("task");
    assertThat(second.path("content").path("n").asInt()).isEqualTo(1);
    assertThat(second.path("status").asString()).isEqualTo("pending");

    HttpResponse<String> put =
        put(ids.get(1), "{\"status\":\"processed\",\"result\":{\"answer\":42}}");
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);

    assertThat(list("rm-lists", ""))
        .extracting(m -> m.path("id").asString())
        .containsExactly(ids.get(0), ids.get(2));
    JsonNode shown =
        Json.parse(gateway.rest("GET", "/api/messages/" + ids.get(1), admin, null).body());
    assertThat(shown.path("status").asString()).isEqualTo("processed");
    assertThat(shown.path("result").path("answer").asInt()).isEqualTo(42);

    // Again, as after an answer that was lost.
    assertThat(put(ids.get(1), "{\"status\":\"processed\"}").statusCode()).isEqualTo(200);
    assertThat(poll("rm-lists", 10, 5).path("messages"))
        .extracting(m -> m.path("id").asString())
        .containsExactly(ids.get(0), ids.get(2));
  }

  @Test
  void listsComeInPagesTheMostUrgentFirst() throws Exception {
    gateway.enrol("rm-pages");
    String low = send("rm-pages", "{}", ",\"priority\":10");
    String normal = send("rm-pages", "{}");
    String urgent = send("rm-pages", "{}", ",\"priority\":1");
    HttpResponse<String> first =
        gateway.rest("GET", "/api/messages?to_agent_id=rm-pages&limit=2", admin, null);
    assertThat(Json.parse(first.body()))
        .extracting(m -> m.path("id").asString())
        .containsExactly(urgent, normal);
    String cursor = first.headers().firstValue("Aegis-Next-Cursor").orElseThrow();
    HttpResponse<String> second =
        gateway.rest(
            "GET", "/api/messages?to_agent_id=rm-pages&limit=2&cursor=" + cursor, admin, null);
    assertThat(Json.parse(second.body()))
        .extracting(m -> m.path("id").asString())
        .containsExactly(low);
    assertThat(second.headers().firstValue("Aegis-Next-Cursor")).isEmpty();
  }

  @Test
  void whatFailsComesAgainAndIsCounted() throws Exception {
    gateway.enrol("rm-fails");
    String id = send("rm-fails", "{}");
    assertThat(put(id, "{\"status\":\"failed\",\"reason\":\"broken\"}").statusCode())
        .isEqualTo(409); // nobody was handed it
    poll("rm-fails", 1, 20);
    assertThat(put(id, "{\"status\":\"delivered\"}").statusCode()).isEqualTo(200);
    assertThat(put(id, "{\"status\":\"failed\",\"reason\":\"broken\"}").statusCode())
        .isEqualTo(200);

    JsonNode again = poll("rm-fails", 1, 20).path("messages").path(0);
    assertThat(again.path("id").asString()).isEqualTo(id);
    assertThat(again.path("attempt").asInt()).isEqualTo(2);
  }

  @Test
  void whatExpiresIsNotHandedOut() throws Exception {
    gateway.enrol("rm-expires");
    String soon = LocalDateTime.ofInstant(Instant.now().plusMillis(300), ZoneOffset.UTC).toString();
    String id = send("rm-expires", "{}", ",\"expires_at\":\"" + soon + "\"");
    await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(() ->
            Json.parse(gateway.rest("GET", "/api/messages/" + id, admin, null).body())
                .path("status")
                .asString()
                .equals("expired"));
    assertThat(list("rm-expires", "")).isEmpty();
    assertThat(poll("rm-expires", 1, 0).path("messages")).isEmpty();
    assertThat(put(id, "{\"status\":\"processed\"}").statusCode()).isEqualTo(409);
  }

  @Test
  void aSocketTakesTheMailboxOver() throws Exception {
    var bob = gateway.enrol("rm-moves");
    send("rm-moves", "{}");
    assertThat(poll("rm-moves", 1, 20).path("messages")).hasSize(1);
    CompletableFuture<String> got = new CompletableFuture<>();
    try (AegisClient _ = AegisClient.connect(bob, c -> c.on("task", m -> got.complete(m.text())))) {
      assertThat(got.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("{}");
      HttpResponse<String> refused =
          gateway.rest("GET", "/api/v1/agents/rm-moves/mailbox", admin, null);
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(Json.parse(refused.body()).path("code").asString()).isEqualTo("agent-connected");
    }
  }

  @Test
  void nothingIsLostWhenTheGatewayRestarts() throws Exception {
    try (TestGateway own = new TestGateway(directory.resolve("restarts"))) {
      String key = own.apiKey("admin");
      own.enrol("rm-stays");
      String path = "/api/v1/agents/rm-stays";
      own.rest("POST", path + "/send", key, "{\"content\":{}}");
      JsonNode before = Json.parse(own.rest("GET", path + "/mailbox?wait=20", key, null).body());
      own.restart();
      JsonNode after = Json.parse(own.rest("GET", path + "/mailbox?wait=20", key, null).body());
      assertThat(after.path("messages").path(0).path("id"))
          .isEqualTo(before.path("messages").path(0).path("id"));
      assertThat(after.path("messages").path(0).path("attempt").asInt()).isEqualTo(2);
    }
  }

  @Test
  void whoMayNotIsToldSo() throws Exception {
    gateway.enrol("rm-closed");
    gateway.enrol("rm-foreign", "elsewhere");
    String id = send("rm-closed", "{}");
    String mailbox = "/api/v1/agents/rm-closed/mailbox";
    assertThat(status("GET", mailbox, null, null)).isEqualTo(401);
    assertThat(status("GET", mailbox, viewer, null)).isEqualTo(403);
    assertThat(status("GET", mailbox, sender, null)).isEqualTo(403);
    assertThat(status("GET", "/api/v1/agents/rm-nobody/mailbox", admin, null)).isEqualTo(404);
    assertThat(status("GET", "/api/v1/agents/rm-foreign/mailbox", admin, null)).isEqualTo(404);
    assertThat(status("GET", mailbox + "?wait=61", admin, null)).isEqualTo(400);
    assertThat(status("GET", mailbox + "?limit=0", admin, null)).isEqualTo(400);
    assertThat(status("POST", mailbox + "/acks", admin, "{\"sequences\":[1]}")).isEqualTo(400);
    assertThat(status("POST", mailbox + "/acks", admin, "{\"mailbox_epoch\":1,\"sequences\":[0]}"))
        .isEqualTo(400);
    String messages = "/api/messages/" + id + "/status";
    assertThat(status("PUT", messages, null, "{\"status\":\"processed\"}")).isEqualTo(401);
    assertThat(status("PUT", messages, sender, "{\"status\":\"processed\"}")).isEqualTo(403);
    assertThat(status("PUT", messages, admin, "{\"status\":\"dead\"}")).isEqualTo(400);
    assertThat(
            status(
                "PUT",
                "/api/messages/" + UUID.randomUUID() + "/status",
                admin,
                "{\"status\":\"processed\"}"))
        .isEqualTo(404);
    assertThat(status("GET", "/api/messages?to_agent_id=rm-closed", null, null)).isEqualTo(401);
    assertThat(status("GET", "/api/messages?to_agent_id=rm-closed", viewer, null)).isEqualTo(403);
    assertThat(status("GET", "/api/messages?to_agent_id=rm-closed&status=gone", admin, null))
        .isEqualTo(400);
    assertThat(status("GET", "/api/messages?to_agent_id=rm-closed&cursor=x", admin, null))
        .isEqualTo(400);
  }

  @Test
  void pollingShowsThatAnAgentIsThereUnlessItIsInactive() throws Exception {
    gateway.enrol("rm-lives");
    poll("rm-lives", 1, 0);
    await()
        .until(() ->
            Json.parse(gateway.rest("GET", "/api/v1/agents/rm-lives", admin, null).body())
                .path("state")
                .asString()
                .equals("healthy"));
    CompletableFuture<Integer> waiting =
        CompletableFuture.supplyAsync(() -> {
          try {
            return status("GET", "/api/v1/agents/rm-lives/mailbox?wait=30", admin, null);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    await().until(() -> connected("rm-lives"));
    assertThat(status("PATCH", "/api/v1/agents/rm-lives", admin, "{\"status\":\"inactive\"}"))
        .isEqualTo(200);
    assertThat(waiting.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isIn(403, 404, 409);
    assertThat(status("GET", "/api/v1/agents/rm-lives/mailbox", admin, null)).isEqualTo(403);
  }

  /// As a client with one key for each agent does it.
  @Test
  void aKeyOfAnAgentSendsAndReceivesForItAlone() throws Exception {
    gateway.enrol("rm-one");
    gateway.enrol("rm-two");
    String one = keyOf("rm-one");
    String two = keyOf("rm-two");
    String body = "{\"to_agent_id\":\"rm-two\",\"message_type\":\"task\",\"content\":{}}";
    assertThat(status("POST", "/api/messages", one, body)).isEqualTo(202);
    String pending = "/api/messages?to_agent_id=rm-two&status=pending";
    assertThat(status("GET", pending, one, null)).isEqualTo(403);
    JsonNode task = Json.parse(gateway.rest("GET", pending, two, null).body()).path(0);
    assertThat(task.path("from_agent_id").asString()).isEqualTo("rm-one");
    String status = "/api/messages/" + task.path("id").asString() + "/status";
    assertThat(status("PUT", status, one, "{\"status\":\"processed\"}")).isEqualTo(403);
    assertThat(status("PUT", status, two, "{\"status\":\"processed\",\"result\":null}"))
        .isEqualTo(200);
  }

  /// It needs no other scope than that of its mailbox.
  @Test
  void aKeyThatMayOnlyReceiveListsItsMailboxAndNothingElse() throws Exception {
    gateway.enrol("rm-only");
    String id = send("rm-only", "{}");
    HttpResponse<String> made =
        gateway.rest(
            "POST",
            "/api/v1/api-keys",
            admin,
            "{\"name\":\"rm-only\",\"role\":\"sender\",\"agent_id\":\"rm-only\","
                + "\"scopes\":[\"messages:receive\"]}");
    String only = Json.parse(made.body()).path("api_key").asString();
    String mailbox = "/api/messages?to_agent_id=rm-only&status=pending";
    assertThat(Json.parse(gateway.rest("GET", mailbox, only, null).body()))
        .extracting(m -> m.path("id").asString())
        .containsExactly(id);
    assertThat(status("GET", mailbox + "&order=newest", only, null)).isEqualTo(403);
    assertThat(status("GET", "/api/messages", only, null)).isEqualTo(403);
  }

  private static String keyOf(String agent) throws Exception {
    HttpResponse<String> made =
        gateway.rest(
            "POST",
            "/api/v1/api-keys",
            admin,
            "{\"name\":\"%s\",\"role\":\"sender\",\"agent_id\":\"%s\"}".formatted(agent, agent));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return Json.parse(made.body()).path("api_key").asString();
  }

  @Test
  void bestEffortMessagesArePolledWhileTheAgentPolls() throws Exception {
    gateway.enrol("rm-quick");
    poll("rm-quick", 1, 0);
    try (AegisClient alice = AegisClient.connect(gateway.enrol("rm-quick-alice"))) {
      alice.send(
          OutgoingMessage.text("rm-quick", "task", "x").withGuarantee(Guarantee.BEST_EFFORT));
      JsonNode message = poll("rm-quick", 1, 20).path("messages").path(0);
      assertThat(message.path("delivery_guarantee").asString()).isEqualTo("best-effort");
      assertThat(message.path("sequence").asInt()).isZero();
    }
  }

  private static String send(String to, String content) throws Exception {
    return send(to, content, "");
  }

  private static String send(String to, String content, String more) throws Exception {
    HttpResponse<String> sent =
        gateway.rest(
            "POST",
            "/api/messages",
            sender,
            "{\"to_agent_id\":\"%s\",\"message_type\":\"task\",\"content\":%s%s}"
                .formatted(to, content, more));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return Json.parse(sent.body()).path("id").asString();
  }

  private static JsonNode poll(String agent, int limit, int waitSeconds) throws Exception {
    HttpResponse<String> polled =
        gateway.rest(
            "GET",
            "/api/v1/agents/%s/mailbox?limit=%d&wait=%d".formatted(agent, limit, waitSeconds),
            admin,
            null);
    assertThat(polled.statusCode()).as(polled.body()).isEqualTo(200);
    return Json.parse(polled.body());
  }

  private static HttpResponse<String> ack(String agent, JsonNode polled) throws Exception {
    List<Long> sequences = new ArrayList<>();
    polled.path("messages").forEach(m -> sequences.add(m.path("sequence").asLong()));
    return gateway.rest(
        "POST",
        "/api/v1/agents/" + agent + "/mailbox/acks",
        admin,
        "{\"mailbox_epoch\":%s,\"sequences\":%s}"
            .formatted(polled.path("mailbox_epoch").asString(), sequences));
  }

  private static JsonNode list(String agent, String more) throws Exception {
    HttpResponse<String> listed =
        gateway.rest(
            "GET", "/api/messages?to_agent_id=" + agent + "&status=pending" + more, admin, null);
    assertThat(listed.statusCode()).as(listed.body()).isEqualTo(200);
    return Json.parse(listed.body());
  }

  private static HttpResponse<String> put(String id, String body) throws Exception {
    return gateway.rest("PUT", "/api/messages/" + id + "/status", admin, body);
  }

  private static int status(String method, String path, @Nullable String key, @Nullable String body)
      throws Exception {
    return gateway.rest(method, path, key, body).statusCode();
  }

  private static boolean connected(String agent) throws Exception {
    return Json.parse(
            gateway.rest("GET", "/api/v1/agents/" + agent + "/status", admin, null).body())
        .path("is_active")
        .asBoolean();
  }
}
