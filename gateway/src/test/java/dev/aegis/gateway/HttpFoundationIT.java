package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.http.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What holds for every route of the REST API: methods, parameters, bodies, problems and repeats.
class HttpFoundationIT {
  private static final String SEND = "/api/v1/agents/hf-inbox/send";
  private static final String HELLO = "{\"content\":\"hello\"}";

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static String sender;
  private static String viewer;

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
    gateway.enrol("hf-inbox");
    sender = gateway.apiKey("sender");
    viewer = gateway.apiKey("viewer");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /api/v1/nothing                          | 404 | not-found",
        "GET    | /api/v2/messages                         | 404 | not-found",
        "GET    | /api/v1/agents/hf-inbox/status/          | 404 | not-found",
        "GET    | /api/v1//agents/hf-inbox/status          | 404 | not-found",
        "GET    | /                                        | 404 | not-found",
        "DELETE | /api/v1/messages                         | 405 | method-not-allowed",
        "GET    | /api/v1/agents/broadcast                 | 405 | method-not-allowed",
        "GET    | /api/v1/agents/hf-inbox/status?x=1       | 400 | unknown-parameter",
        "GET    | /api/v1/dead-letters?limit=1&limit=2     | 400 | duplicate-parameter",
        "GET    | /api/v1/dead-letters?limit=0             | 400 | invalid-request",
        "GET    | /api/v1/dead-letters?limit=1001          | 400 | invalid-request",
        "GET    | /api/v1/dead-letters?cursor=%2A          | 400 | invalid-cursor",
        "GET    | /api/v1/dead-letters?cursor=bm90aGluZw   | 400 | invalid-cursor",
        "GET    | /api/v1/messages/no-uuid                 | 400 | invalid-request",
        "GET    | /api/v1/agents/%C3%28/status             | 400 | malformed-uri",
        "GET    | /api/v1/agents/a%00b/status              | 400 | malformed-uri",
        "GET    | /api/v1/messages?message_type=%00        | 400 | malformed-uri",
        "GET    | /api/v1/messages?from_agent_id=a%00      | 400 | malformed-uri",
        "GET    | /api/v1/statistics?message_type=%00      | 400 | malformed-uri",
        "GET    | /api/v1/agents/nobody/status             | 404 | unknown-agent",
        "GET    | /api/messages/0199a3c2-6f0e-7b1a-9a52-1f0e3f9f7c11 | 404 | unknown-message",
        "POST   | /api/v1/agents/hf-inbox/send             | 403 | forbidden",
      })
  void everyFailureIsAProblemWithItsCode(String method, String path, int status, String code)
      throws Exception {
    HttpResponse<String> reply = gateway.rest(method, path, viewer, null);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertProblem(reply, code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nothing                                   | 400 | invalid-json",
        "[1]                                       | 400 | invalid-json",
        "{\"content\":1,\"content\":2}             | 400 | invalid-json",
        "{\"content\":1} {}                        | 400 | invalid-json",
        "{\"contents\":1}                          | 400 | unknown-field",
        "{}                                        | 400 | invalid-request",
        "{\"content\":1,\"payload\":\"AAAA\"}      | 400 | invalid-request",
        "{\"payload\":\"not base64\"}              | 400 | invalid-request",
        "{\"content\":1,\"ttl\":-1}                | 400 | invalid-request",
        "{\"content\":1,\"ttl\":1.5}               | 400 | invalid-request",
        "{\"content\":1,\"type\":5}                | 400 | invalid-request",
        "{\"content\":1,\"id\":\"1-2-3-4-5\"}      | 400 | invalid-request",
        "{\"content\":1,\"priority\":11}           | 400 | invalid-request",
        "{\"content\":1,\"metadata\":{\"a\":[]}}   | 400 | invalid-request",
        "{\"content\":1,\"expires_at\":\"2020-01-01T00:00:00\"} | 400 | expired",
        "{\"content\":1,\"from_agent_id\":\"me\"}  | 403 | from-mismatch",
        "{\"content\":1,\"to\":\"x\"}              | 400 | invalid-request",
      })
  void aBodyThatIsNotAsItMustBeIsRefused(String body, int status, String code) throws Exception {
    HttpResponse<String> reply = gateway.rest("POST", SEND, sender, body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertProblem(reply, code);
  }

  @Test
  void aBodyOfAnotherTypeOrTooLargeIsRefused() throws Exception {
    HttpResponse<String> form =
        gateway.rest("POST", SEND, sender, "content=1", Map.of("Content-Type", "text/plain"));
    assertProblem(form, "unsupported-media-type");
    assertThat(form.statusCode()).isEqualTo(415);
    String large = "{\"content\":\"" + "x".repeat(2 * 1024 * 1024) + "\"}";
    HttpResponse<String> tooLarge = gateway.rest("POST", SEND, sender, large);
    assertThat(tooLarge.statusCode()).isEqualTo(413);
    assertProblem(tooLarge, "body-too-large");
  }

  @Test
  void withoutAKeyNothingIsTold() throws Exception {
    HttpResponse<String> reply = gateway.rest("GET", "/api/v1/agents/hf-inbox/status", null, null);
    assertThat(reply.statusCode()).isEqualTo(401);
    assertThat(reply.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertProblem(reply, "unauthorized");
  }

  @Test
  void aPathTellsItsMethods() throws Exception {
    String path = "/api/v1/agents/hf-inbox/status";
    HttpResponse<String> wrong = gateway.rest("POST", path, viewer, "{}");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    HttpResponse<String> options = gateway.rest("OPTIONS", path, null, null);
    assertThat(options.statusCode()).isEqualTo(204);
    assertThat(options.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    HttpResponse<String> get = gateway.rest("GET", path, viewer, null);
    HttpResponse<String> head = gateway.rest("HEAD", path, viewer, null);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Length"))
        .isEqualTo(get.headers().firstValue("Content-Length"));
  }

  @Test
  void aMessageIsSentByTheSourcesPathAndFields() throws Exception {
    String body =
        """
        {"to_agent_id": "hf-inbox", "message_type": "question", "priority": 3,
         "content": {"question": "why?"}, "expires_at": "2999-01-01T00:00:00.000001"}
        """;
    HttpResponse<String> tooLong = gateway.rest("POST", "/api/messages", sender, body);
    assertThat(tooLong.statusCode()).as("longer than limits.ttl").isEqualTo(400);
    HttpResponse<String> sent =
        gateway.rest(
            "POST",
            "/api/messages",
            sender,
            body.replace(
                "2999-01-01T00:00:00.000001",
                java.time.LocalDateTime.now(java.time.ZoneOffset.UTC).plusMinutes(5).toString()));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    String id = Json.parse(sent.body()).path("id").asString();
    JsonNode shown = Json.parse(gateway.rest("GET", "/api/messages/" + id, viewer, null).body());
    assertThat(shown.path("type").asString()).isEqualTo("question");
    assertThat(shown.path("priority").asString()).isEqualTo("high");
    assertThat(shown.path("expires_at").isNull()).isFalse();
    assertThat(shown)
        .isEqualTo(Json.parse(gateway.rest("GET", "/api/v1/messages/" + id, viewer, null).body()));
  }

  @Test
  void aRepeatUnderItsKeyIsAnsweredAlikeAndDoneOnce() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "order-66");
    HttpResponse<String> first = gateway.rest("POST", SEND, sender, HELLO, key);
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    gateway.restart();
    HttpResponse<String> again = gateway.rest("POST", SEND, sender, HELLO, key);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();

    HttpResponse<String> other = gateway.rest("POST", SEND, sender, "{\"content\":2}", key);
    assertThat(other.statusCode()).isEqualTo(422);
    assertProblem(other, "idempotency-key-reused");
    HttpResponse<String> bad =
        gateway.rest("POST", SEND, sender, HELLO, Map.of("Idempotency-Key", "two words"));
    assertProblem(bad, "invalid-request");
    String second = gateway.apiKey("admin");
    HttpResponse<String> otherCaller = gateway.rest("POST", SEND, second, HELLO, key);
    assertThat(otherCaller.body()).as("keys are each caller's own").isNotEqualTo(first.body());
  }

  @Test
  void aMessageThatIsSentAgainUnderItsIdIsStoredOnce() throws Exception {
    String body =
        """
        {"id": "0199c0de-0000-7000-8000-000000000001", "content": %d,
         "metadata": {"one": "1", "two": "2", "three": "3"}, "expires_at": "%s"}
        """
            .replace("%s", Instant.now().plus(Duration.ofHours(1)).toString());
    assertStored(gateway.rest("POST", SEND, sender, body.formatted(1), Map.of()), false);
    assertStored(gateway.rest("POST", SEND, sender, body.formatted(1), Map.of()), true);
    gateway.restart();
    assertStored(gateway.rest("POST", SEND, sender, body.formatted(1), Map.of()), true);
    assertThat(gateway.rest("POST", SEND, sender, body.formatted(2), Map.of()).statusCode())
        .as("another content")
        .isEqualTo(409);
  }

  @Test
  void whereNobodyKnowsWhatCameOfTheFirstARepeatIsCarriedOutAndStoresNothingTwice()
      throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "lost-answer");
    HttpResponse<String> first = gateway.rest("POST", SEND, sender, HELLO, key);
    assertStored(first, false);
    try (Connection database = gateway.database();
        Statement forget = database.createStatement()) {
      forget.execute(
          "UPDATE idempotency_keys SET released = true, status = NULL, answer = NULL"
              + " WHERE key = 'lost-answer'");
    }
    HttpResponse<String> again = gateway.rest("POST", SEND, sender, HELLO, key);
    assertStored(again, true);
    assertThat(Json.parse(again.body()).path("id")).isEqualTo(Json.parse(first.body()).path("id"));
  }

  private static void assertStored(HttpResponse<String> reply, boolean repeat) {
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(202);
    assertThat(Json.parse(reply.body()).path("duplicate").asBoolean()).isEqualTo(repeat);
  }

  @Test
  void whatWasRefusedMayComeAgainUnderItsKey() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "late");
    String path = "/api/v1/agents/hf-late/send";
    assertThat(gateway.rest("POST", path, sender, HELLO, key).statusCode()).isEqualTo(404);
    gateway.enrol("hf-late");
    assertThat(gateway.rest("POST", path, sender, HELLO, key).statusCode()).isEqualTo(202);
  }

  @Test
  void ofManyWithOneKeyOneIsCarriedOut() throws Exception {
    Map<String, String> key = Map.of("Idempotency-Key", "at-once");
    List<HttpResponse<String>> replies = new ArrayList<>();
    try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        calls.add(many.submit(() -> gateway.rest("POST", SEND, sender, HELLO, key)));
      }
      for (Future<HttpResponse<String>> call : calls) {
        replies.add(call.get());
      }
    }
    assertThat(replies)
        .extracting(HttpResponse::statusCode)
        .containsAnyOf(202)
        .isSubsetOf(202, 409);
    assertThat(replies)
        .filteredOn(reply -> reply.statusCode() == 202)
        .extracting(HttpResponse::body)
        .containsOnly(
            replies.stream().filter(r -> r.statusCode() == 202).findFirst().orElseThrow().body());
    assertThat(replies)
        .filteredOn(
            r -> r.statusCode() == 202 && r.headers().firstValue("Idempotency-Replayed").isEmpty())
        .hasSize(1);
  }

  private static void assertProblem(HttpResponse<String> reply, String code) {
    JsonNode problem = Json.parse(reply.body());
    assertThat(problem.path("code").asString()).as(reply.body()).isEqualTo(code);
    assertThat(problem.path("type").asString()).isEqualTo("urn:aegis:problem:" + code);
    assertThat(problem.path("status").asInt()).isEqualTo(reply.statusCode());
    assertThat(problem.path("title").asString()).isNotEmpty();
    assertThat(reply.headers().firstValue("Content-Type")).contains("application/problem+json");
  }
}
