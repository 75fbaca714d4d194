package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// API keys and the rules between organizations over REST.
class AccessIT {
  private static final String KEYS = "/api/v1/api-keys";
  private static final String RULES = "/api/v1/access-rules";
  private static final String CONFIGURED = "your_secure_api_key_here";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static RestKeys keys;
  private static String admin;
  private static String viewer;
  private static String foreign;
  private static String keyId;
  private static String ruleId;

  @BeforeAll
  static void start() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    GatewayConfig config = new GatewayConfig(directory.resolve("gw"), free, free, null, null);
    gateway =
        new TestGateway(
            config.withRest(
                new GatewayConfig.Rest(
                    new Rate(10_000, 10_000), CONFIGURED, config.rest().webhooks())));
    keys = RestKeys.of(gateway);
    admin = keys.admin();
    viewer = keys.viewer();
    foreign = keys.foreign();
    gateway.enrol("ac-agent");
    keyId = issue("{\"name\":\"fixed\",\"role\":\"viewer\"}").path("id").asString();
    ruleId =
        Json.parse(gateway.rest("POST", RULES, admin, "{\"from_organization\":\"partner\"}").body())
            .path("id")
            .asString();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "-       | GET    | /api/v1/api-keys             |                                 | 401 | unauthorized",
        "-       | POST   | /api/v1/api-keys             | {}                              | 401 | unauthorized",
        "-       | GET    | /api/v1/api-keys/KEY         |                                 | 401 | unauthorized",
        "-       | DELETE | /api/v1/api-keys/KEY         |                                 | 401 | unauthorized",
        "-       | POST   | /api/v1/api-keys/KEY/rotate  | {}                              | 401 | unauthorized",
        "-       | GET    | /api/v1/access-rules         |                                 | 401 | unauthorized",
        "-       | POST   | /api/v1/access-rules         | {}                              | 401 | unauthorized",
        "-       | DELETE | /api/v1/access-rules/RULE    |                                 | 401 | unauthorized",
        "viewer  | GET    | /api/v1/api-keys             |                                 | 403 | forbidden",
        "sender  | POST   | /api/v1/api-keys             | {}                              | 403 | forbidden",
        "sender  | GET    | /api/v1/api-keys/KEY         |                                 | 403 | forbidden",
        "sender  | DELETE | /api/v1/api-keys/KEY         |                                 | 403 | forbidden",
        "viewer  | POST   | /api/v1/api-keys/KEY/rotate  | {}                              | 403 | forbidden",
        "viewer  | GET    | /api/v1/access-rules         |                                 | 403 | forbidden",
        "sender  | POST   | /api/v1/access-rules         | {}                              | 403 | forbidden",
        "sender  | DELETE | /api/v1/access-rules/RULE    |                                 | 403 | forbidden",
        "admin   | POST   | /api/v1/api-keys             | {\"role\":\"viewer\"}           | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a b\",\"role\":\"viewer\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"root\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"viewer\",\"scopes\":[\"keys:write\"]} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"viewer\",\"scopes\":[]} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"viewer\",\"expires_at\":\"2020-01-01T00:00:00Z\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"viewer\",\"burst\":3} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"admin\",\"agent_id\":\"ac-agent\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"sender\",\"agent_id\":\"nobody\"} | 404 | unknown-agent",
        "foreign | POST   | /api/v1/api-keys             | {\"name\":\"a\",\"role\":\"sender\",\"agent_id\":\"ac-agent\"} | 404 | unknown-agent",
        "admin   | GET    | /api/v1/api-keys?cursor=bm9uZQ |                               | 400 | invalid-cursor",
        "admin   | GET    | /api/v1/api-keys/none        |                                 | 400 | invalid-request",
        "admin   | POST   | /api/v1/api-keys/KEY/rotate  | {\"grace_seconds\":-1}          | 400 | invalid-request",
        "foreign | GET    | /api/v1/api-keys/KEY         |                                 | 404 | unknown-api-key",
        "foreign | DELETE | /api/v1/api-keys/KEY         |                                 | 404 | unknown-api-key",
        "foreign | POST   | /api/v1/api-keys/KEY/rotate  |                                 | 404 | unknown-api-key",
        "admin   | POST   | /api/v1/access-rules         | {\"from_organization\":\"a b\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/access-rules         | {\"from_organization\":\"default\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/access-rules         | {\"from_organization\":\"partner\"} | 409 | rule-exists",
        "admin   | GET    | /api/v1/access-rules?limit=x |                                 | 400 | invalid-request",
        "admin   | DELETE | /api/v1/access-rules/x       |                                 | 400 | invalid-request",
        "foreign | DELETE | /api/v1/access-rules/RULE    |                                 | 404 | unknown-rule",
      })
  void whatIsNotAllowedSaysWhy(
      String who, String method, String path, @Nullable String body, int status, String code)
      throws Exception {
    HttpResponse<String> reply =
        gateway.rest(
            method, path.replace("KEY", keyId).replace("RULE", ruleId), keys.of(who), body);
    assertThat(Json.parse(reply.body()).path("code").asString()).as(reply.body()).isEqualTo(code);
    assertThat(reply.statusCode()).isEqualTo(status);
  }

  @Test
  void aKeyIsIssuedListedRotatedAndRevoked() throws Exception {
    JsonNode issued = issue("{\"name\":\"life\",\"role\":\"viewer\"}");
    String id = issued.path("id").asString();
    String secret = issued.path("api_key").asString();
    assertThat(read(secret)).isEqualTo(200);
    List<String> listed = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page =
          Json.parse(gateway.rest("GET", KEYS + "?limit=2" + cursor, admin, null).body());
      page.path("api_keys").forEach(each -> listed.add(each.path("id").asString()));
      assertThat(page.toString()).doesNotContain(secret).doesNotContain("\"api_key\"");
      cursor = page.has("next_cursor") ? "&cursor=" + page.path("next_cursor").asString() : null;
    } while (cursor != null);
    assertThat(listed).contains(id).doesNotHaveDuplicates();

    String path = KEYS + "/" + id;
    String second = secretOf(gateway.rest("POST", path + "/rotate", admin, null));
    assertThat(read(secret)).as("within the grace").isEqualTo(200);
    assertThat(read(second)).isEqualTo(200);
    String third = secretOf(gateway.rest("POST", path + "/rotate", admin, "{\"grace_seconds\":0}"));
    assertThat(read(secret)).isEqualTo(401);
    assertThat(read(second)).isEqualTo(401);
    assertThat(read(third)).isEqualTo(200);
    assertThat(gateway.rest("DELETE", path, admin, null).statusCode()).isEqualTo(204);
    assertThat(read(third)).isEqualTo(401);
    assertThat(gateway.rest("GET", path, admin, null).statusCode()).isEqualTo(404);
    assertThat(gateway.audited("api.life"))
        .containsExactly(
            "api-key-created", "api-key-rotated", "api-key-rotated", "api-key-revoked");
  }

  @Test
  void aRepeatedIssueShowsTheSameSecretWhichNoTableHasInPlain() throws Exception {
    Map<String, String> once = Map.of("Idempotency-Key", "issue-1");
    String body = "{\"name\":\"twice\",\"role\":\"viewer\"}";
    String secret = secretOf(gateway.rest("POST", KEYS, admin, body, once));
    assertThat(secretOf(gateway.rest("POST", KEYS, admin, body, once))).isEqualTo(secret);
    try (Connection database = gateway.database();
        PreparedStatement query =
            database.prepareStatement(
                "SELECT count(*) FROM idempotency_keys WHERE position(?::bytea IN answer) > 0")) {
      query.setBytes(1, secret.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      try (ResultSet row = query.executeQuery()) {
        assertThat(row.next()).isTrue();
        assertThat(row.getInt(1)).isZero();
      }
    }
  }

  @Test
  void aKeyExpiresAndHasNoMoreThanItsScopes() throws Exception {
    JsonNode narrow =
        issue(
            "{\"name\":\"narrow\",\"role\":\"admin\",\"scopes\":[\"agents:read\",\"keys:write\"]}");
    String key = narrow.path("api_key").asString();
    assertThat(read(key)).isEqualTo(200);
    assertThat(
            gateway.rest("PATCH", "/api/v1/agents/ac-agent", key, "{\"type\":\"x\"}").statusCode())
        .isEqualTo(403);
    assertThat(
            gateway.rest("POST", KEYS, key, "{\"name\":\"more\",\"role\":\"admin\"}").statusCode())
        .as("nobody gives away more than it has")
        .isEqualTo(403);
    String brief =
        issue(
                "{\"name\":\"brief\",\"role\":\"viewer\",\"expires_at\":\""
                    + Instant.now().plusSeconds(2)
                    + "\"}")
            .path("api_key")
            .asString();
    assertThat(read(brief)).isEqualTo(200);
    await().atMost(PATIENCE).until(() -> read(brief) == 401);
  }

  @Test
  void aBoundKeySpeaksForItsAgentAndNoOther() throws Exception {
    gateway.rest("POST", "/api/v1/agents", admin, "{\"id\":\"ac-bound\"}");
    String key =
        issue("{\"name\":\"bound\",\"role\":\"sender\",\"agent_id\":\"ac-bound\"}")
            .path("api_key")
            .asString();
    String id =
        Json.parse(
                gateway.rest("POST", "/api/v1/agents/ac-agent/send", key, "{\"content\":1}").body())
            .path("id")
            .asString();
    assertThat(
            Json.parse(gateway.rest("GET", "/api/v1/messages/" + id, viewer, null).body())
                .path("from")
                .asString())
        .isEqualTo("ac-bound");
    assertThat(gateway.rest("POST", "/api/v1/agents/ac-bound/heartbeat", key, "").statusCode())
        .isEqualTo(200);
    assertThat(gateway.rest("POST", "/api/v1/agents/ac-agent/heartbeat", key, "").statusCode())
        .isEqualTo(403);
    gateway.rest("DELETE", "/api/v1/agents/ac-bound", admin, null);
    await().atMost(PATIENCE).until(() -> read(key) == 401);
  }

  @Test
  void aKeyThatIsUsedTooOftenWaits() throws Exception {
    String key =
        issue("{\"name\":\"slow\",\"role\":\"viewer\",\"per_second\":1,\"burst\":3}")
            .path("api_key")
            .asString();
    List<HttpResponse<String>> replies = new ArrayList<>();
    for (int i = 0; i < 50 && replies.stream().noneMatch(r -> r.statusCode() == 429); i++) {
      replies.add(gateway.rest("GET", "/api/v1/agents/ac-agent", key, null));
    }
    HttpResponse<String> last = replies.getLast();
    assertThat(last.statusCode()).isEqualTo(429);
    assertThat(Json.parse(last.body()).path("code").asString()).isEqualTo("rate-limited");
    assertThat(last.headers().firstValue("Retry-After")).contains("1");
    assertThat(read(viewer)).as("others go on").isEqualTo(200);
    await().atMost(PATIENCE).until(() -> read(key) == 200);
  }

  @Test
  void theKeyOfTheConfigurationIsAnAdminsAndItsUseIsAudited() throws Exception {
    HttpResponse<String> added =
        gateway.rest("POST", "/api/agents", CONFIGURED, "{\"name\":\"ac-configured\"}");
    assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
    assertThat(read(CONFIGURED + "x")).isEqualTo(401);
    assertThat(gateway.audited("ac-configured")).containsExactly("agent-added");
  }

  @Test
  void anotherOrganizationReachesAnAgentOnlyByARule() throws Exception {
    BlockingQueue<IncomingMessage> heard = new LinkedBlockingQueue<>();
    try (AegisClient _ = AegisClient.connect(gateway.enrol("ac-host"), c -> c.on("*", heard::add));
        AegisClient guest = AegisClient.connect(gateway.enrol("ac-guest", "elsewhere"))) {
      assertThat(accepted(guest, "order")).isFalse();
      HttpResponse<String> rule =
          gateway.rest(
              "POST",
              RULES,
              admin,
              "{\"from_organization\":\"elsewhere\",\"message_type\":\"order\"}");
      assertThat(rule.statusCode()).as(rule.body()).isEqualTo(201);
      assertThat(accepted(guest, "order")).isTrue();
      IncomingMessage message = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(message).isNotNull();
      assertThat(message.message().from()).isEqualTo("ac-guest");
      assertThat(accepted(guest, "other")).isFalse();
      String id = Json.parse(rule.body()).path("id").asString();
      assertThat(Json.parse(gateway.rest("GET", RULES, foreign, null).body()).path("access_rules"))
          .as("the rules of those who get the messages")
          .isEmpty();
      assertThat(gateway.rest("DELETE", RULES + "/" + id, admin, null).statusCode()).isEqualTo(204);
      assertThat(accepted(guest, "order")).isFalse();
      assertThat(gateway.rest("DELETE", RULES + "/" + id, admin, null).statusCode()).isEqualTo(404);
    }
  }

  private static boolean accepted(AegisClient from, String type) throws Exception {
    try {
      from.send(OutgoingMessage.text("ac-host", type, "hello"))
          .accepted()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return true;
    } catch (java.util.concurrent.ExecutionException e) {
      assertThat(e).hasMessageContaining("may not reach");
      return false;
    }
  }

  private static JsonNode issue(String body) throws Exception {
    HttpResponse<String> issued = gateway.rest("POST", KEYS, admin, body);
    assertThat(issued.statusCode()).as(issued.body()).isEqualTo(201);
    JsonNode key = Json.parse(issued.body());
    assertThat(UUID.fromString(key.path("id").asString())).isNotNull();
    return key;
  }

  private static String secretOf(HttpResponse<String> reply) {
    assertThat(reply.statusCode()).as(reply.body()).isIn(200, 201);
    return Json.parse(reply.body()).path("api_key").asString();
  }

  private static int read(String key) throws Exception {
    return gateway.rest("GET", "/api/v1/agents/ac-agent", key, null).statusCode();
  }
}
