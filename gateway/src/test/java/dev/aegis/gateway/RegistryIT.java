package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.AegisException;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.registry.RegistryTimes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The registry of agents over REST.
class RegistryIT {
  private static final String AGENTS = "/api/v1/agents";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static RestKeys keys;
  private static String admin;
  private static String sender;
  private static String viewer;
  private static String foreign;

  @BeforeAll
  static void start() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    gateway =
        new TestGateway(
            new GatewayConfig(directory.resolve("gw"), free, free, null, null)
                .withRegistry(
                    new RegistryTimes(
                        Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofMinutes(1))));
    keys = RestKeys.of(gateway);
    admin = keys.admin();
    sender = keys.sender();
    viewer = keys.viewer();
    foreign = keys.foreign();
    register("rg-fixed", "{\"name\":\"rg-fixed\",\"type\":\"scraper\"}");
    register("rg-other", "{\"agent_id\":\"rg-other\",\"name\":\"Other\"}");
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
        // Without a key.
        "-       | GET    | /api/v1/agents                   |                     | 401 | unauthorized",
        "-       | POST   | /api/agents                      | {}                  | 401 | unauthorized",
        "-       | GET    | /api/v1/agents/rg-fixed          |                     | 401 | unauthorized",
        "-       | PATCH  | /api/v1/agents/rg-fixed          | {}                  | 401 | unauthorized",
        "-       | PUT    | /api/v1/agents/rg-fixed          | {}                  | 401 | unauthorized",
        "-       | DELETE | /api/v1/agents/rg-fixed          |                     | 401 | unauthorized",
        "-       | POST   | /api/agents/rg-fixed/heartbeat   |                     | 401 | unauthorized",
        "-       | POST   | /api/v1/agents/rg-fixed/key      | {}                  | 401 | unauthorized",
        "-       | GET    | /api/v1/agents/events            |                     | 401 | unauthorized",
        // With too little of one.
        "sender  | POST   | /api/v1/agents                   | {}                  | 403 | forbidden",
        "viewer  | PATCH  | /api/v1/agents/rg-fixed          | {}                  | 403 | forbidden",
        "sender  | PUT    | /api/v1/agents/rg-fixed          | {}                  | 403 | forbidden",
        "sender  | DELETE | /api/v1/agents/rg-fixed          |                     | 403 | forbidden",
        "sender  | POST   | /api/v1/agents/rg-fixed/key      | {}                  | 403 | forbidden",
        "viewer  | POST   | /api/v1/agents/rg-fixed/heartbeat |                    | 403 | forbidden",
        // Malformed.
        "admin   | POST   | /api/v1/agents                   | {}                  | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"name\":\"no id\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"events\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"agent_id\":\"b\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"colour\":1} | 400 | unknown-field",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"public_key\":\"AAAA\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"endpoint\":\"ftp://x\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"status\":\"gone\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"capabilities\":\"x\"} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"capabilities\":[\"x\",\"x\"]} | 400 | invalid-request",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"a\",\"capabilities\":[{\"name\":\"x\",\"attributes\":{\"y\":[]}}]} | 400 | invalid-request",
        "viewer  | GET    | /api/v1/agents?state=well        |                     | 400 | invalid-request",
        "viewer  | GET    | /api/v1/agents?capability=%22    |                     | 400 | invalid-request",
        "viewer  | GET    | /api/v1/agents?status=a&status=b |                     | 400 | duplicate-parameter",
        "admin   | PATCH  | /api/v1/agents/rg-fixed          | {\"type\":\"a b\"}  | 400 | invalid-request",
        "admin   | PATCH  | /api/v1/agents/rg-fixed          | {\"public_key\":\"\"} | 400 | unknown-field",
        "admin   | POST   | /api/v1/agents/rg-fixed/key      | {\"public_key\":\"AAAA\"} | 400 | invalid-request",
        "viewer  | GET    | /api/v1/agents/events?after=1    |                     | 400 | unknown-parameter",
        // In conflict.
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"rg-fixed\",\"name\":\"new\"} | 409 | agent-exists",
        "admin   | POST   | /api/v1/agents                   | {\"id\":\"rg-new\",\"name\":\"Other\"} | 409 | name-taken",
        "admin   | PATCH  | /api/v1/agents/rg-fixed          | {\"name\":\"Other\"} | 409 | name-taken",
        "admin   | PUT    | /api/v1/agents/rg-fixed          | {\"name\":\"x\",\"type\":\"x\",\"status\":\"active\"} | 428 | version-required",
        // Not there, or not for this caller.
        "viewer  | GET    | /api/v1/agents/nobody            |                     | 404 | unknown-agent",
        "foreign | GET    | /api/v1/agents/rg-fixed          |                     | 404 | unknown-agent",
        "foreign | PATCH  | /api/v1/agents/rg-fixed          | {\"type\":\"x\"}    | 404 | unknown-agent",
        "foreign | PUT    | /api/v1/agents/rg-fixed          | {\"name\":\"x\"}    | 404 | unknown-agent",
        "foreign | DELETE | /api/v1/agents/rg-fixed          |                     | 404 | unknown-agent",
        "foreign | POST   | /api/v1/agents/rg-fixed/heartbeat |                    | 404 | unknown-agent",
        "sender  | POST   | /api/agents/nobody/heartbeat     |                     | 404 | unknown-agent",
        "foreign | POST   | /api/v1/agents/rg-fixed/key      | {\"public_key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"} | 404 | unknown-agent",
      })
  void whatIsNotAllowedSaysWhy(
      String who, String method, String path, String body, int status, String code)
      throws Exception {
    HttpResponse<String> reply = gateway.rest(method, path, keys.of(who), body);
    assertThat(Json.parse(reply.body()).path("code").asString()).as(reply.body()).isEqualTo(code);
    assertThat(reply.statusCode()).isEqualTo(status);
  }

  @Test
  void anAgentOfTheSourceIsRegisteredByItsNameAndFoundByWhatItCanDo() throws Exception {
    HttpResponse<String> added =
        gateway.rest(
            "POST",
            "/api/agents",
            admin,
            """
            {"name": "rg-scraper", "type": "scraper", "endpoint": "https://scraper.example/in",
             "capabilities": ["scrape", {"name": "translate", "attributes": {"to": "de", "max": 3}}]}
            """);
    assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
    assertThat(added.headers().firstValue("Location")).contains(AGENTS + "/rg-scraper");
    JsonNode agent = Json.parse(added.body());
    assertThat(agent.path("id").asString()).isEqualTo("rg-scraper");
    assertThat(agent.path("name").asString()).isEqualTo("rg-scraper");
    assertThat(agent.path("state").asString()).isEqualTo("offline");
    assertThat(agent.path("public_key").isNull()).isTrue();
    assertThat(agent.path("capabilities").get(0).asString()).isEqualTo("scrape");
    assertThat(agent.path("capabilities").get(1).path("attributes").path("max").asInt())
        .isEqualTo(3);
    assertThat(ids("?capability=scrape")).containsExactly("rg-scraper");
    assertThat(ids("?capability=scrape&capability=translate")).containsExactly("rg-scraper");
    assertThat(ids("?capability=scrape&capability=cook")).isEmpty();
    assertThat(ids("?type=scraper&name=rg-s")).containsExactly("rg-scraper");
    assertThat(ids("?status=maintenance&capability=scrape")).isEmpty();
    assertThat(
            Json.parse(gateway.rest("GET", "/api/agents?capability=scrape", foreign, null).body())
                .path("agents"))
        .isEmpty();
  }

  @Test
  void pagesShowEveryAgentOnce() throws Exception {
    for (int i = 0; i < 7; i++) {
      register("rg-page-" + i, "{\"id\":\"rg-page-" + i + "\",\"type\":\"paged\"}");
    }
    List<String> seen = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      JsonNode page =
          Json.parse(
              gateway.rest("GET", AGENTS + "?type=paged&limit=3" + cursor, viewer, null).body());
      page.path("agents").forEach(agent -> seen.add(agent.path("id").asString()));
      cursor = page.has("next_cursor") ? "&cursor=" + page.path("next_cursor").asString() : null;
      pages++;
    } while (cursor != null);
    assertThat(pages).isEqualTo(3);
    assertThat(seen).hasSize(7).doesNotHaveDuplicates();
  }

  @Test
  void aChangeKeepsToItsVersion() throws Exception {
    register("rg-edit", "{\"id\":\"rg-edit\"}");
    String path = AGENTS + "/rg-edit";
    HttpResponse<String> read = gateway.rest("GET", path, viewer, null);
    String tag = read.headers().firstValue("ETag").orElseThrow();
    assertThat(gateway.rest("GET", path, viewer, null, Map.of("If-None-Match", tag)).statusCode())
        .isEqualTo(304);
    HttpResponse<String> changed =
        gateway.rest(
            "PATCH", path, admin, "{\"endpoint\":\"https://a.example/\"}", Map.of("If-Match", tag));
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    assertThat(changed.headers().firstValue("ETag"))
        .isPresent()
        .isNotEqualTo(java.util.Optional.of(tag));
    HttpResponse<String> late =
        gateway.rest("PATCH", path, admin, "{\"type\":\"x\"}", Map.of("If-Match", tag));
    assertThat(late.statusCode()).isEqualTo(412);
    assertThat(gateway.rest("DELETE", path, admin, null, Map.of("If-Match", tag)).statusCode())
        .isEqualTo(412);
    HttpResponse<String> free = gateway.rest("PATCH", path, admin, "{\"type\":\"x\"}");
    assertThat(Json.parse(free.body()).path("endpoint").asString()).isEqualTo("https://a.example/");
    String now = free.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> replaced =
        gateway.rest(
            "PUT", path, admin, free.body().replace("\"x\"", "\"y\""), Map.of("If-Match", now));
    assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(200);
    assertThat(Json.parse(replaced.body()).path("type").asString()).isEqualTo("y");
    assertThat(gateway.rest("DELETE", path, admin, null).statusCode()).isEqualTo(204);
    assertThat(gateway.rest("GET", path, viewer, null).statusCode()).isEqualTo(404);
    assertThat(gateway.rest("DELETE", path, admin, null).statusCode()).isEqualTo(404);
    assertThat(gateway.rest("POST", AGENTS, admin, "{\"id\":\"rg-edit\"}").statusCode())
        .as("an id is never free again")
        .isEqualTo(409);
    assertThat(gateway.audited("rg-edit"))
        .containsExactly(
            "agent-added", "agent-updated", "agent-updated", "agent-updated", "agent-revoked");
  }

  @Test
  void anInactiveAgentIsCutOffAndTakesNothing() throws Exception {
    ClientOptions options = gateway.enrol("rg-off").withReconnect(false);
    String path = AGENTS + "/rg-off";
    try (AegisClient client = AegisClient.connect(options)) {
      assertThat(gateway.rest("PATCH", path, admin, "{\"status\":\"inactive\"}").statusCode())
          .isEqualTo(200);
      client.ended().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          HttpResponse<String> sent =
              gateway.rest("POST", path + "/send", sender, "{\"content\":1}");
          assertThat(sent.statusCode()).as(sent.body()).isEqualTo(409);
        });
    assertThatThrownBy(() -> AegisClient.connect(options)).isInstanceOf(AegisException.class);
    assertThat(gateway.rest("PATCH", path, admin, "{\"status\":\"maintenance\"}").statusCode())
        .isEqualTo(200);
    AegisClient.connect(options).close();
    assertThat(gateway.rest("POST", path + "/send", sender, "{\"content\":1}").statusCode())
        .as("maintenance takes what is sent to it by name")
        .isEqualTo(202);
  }

  @Test
  void anotherKeyEndsTheSessionOfTheOldOne() throws Exception {
    ClientOptions options = gateway.enrol("rg-key").withReconnect(false);
    SigningKey next = Identity.generate(RANDOM);
    try (AegisClient client = AegisClient.connect(options)) {
      HttpResponse<String> rotated =
          gateway.rest(
              "POST",
              AGENTS + "/rg-key/key",
              admin,
              "{\"public_key\":\"" + next.verifyingKey() + "\"}");
      assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
      client.ended().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertThatThrownBy(() -> AegisClient.connect(options)).isInstanceOf(AegisException.class);
    AegisClient.connect(gateway.options("rg-key", next)).close();
  }

  @Test
  void anAgentIsHealthyThenSuspectThenOffline() throws Exception {
    register("rg-beat", "{\"id\":\"rg-beat\",\"type\":\"beating\"}");
    assertThat(state("rg-beat")).isEqualTo("offline");
    assertThat(gateway.rest("POST", "/api/agents/rg-beat/heartbeat", sender, "").statusCode())
        .isEqualTo(200);
    assertThat(state("rg-beat")).isEqualTo("healthy");
    assertThat(ids("?type=beating&state=healthy")).containsExactly("rg-beat");
    await().atMost(PATIENCE).until(() -> state("rg-beat").equals("suspect"));
    await().atMost(PATIENCE).until(() -> state("rg-beat").equals("offline"));

    ClientOptions options = gateway.enrol("rg-socket");
    assertThat(state("rg-socket")).isEqualTo("offline");
    try (AegisClient _ = AegisClient.connect(options)) {
      await().atMost(PATIENCE).until(() -> state("rg-socket").equals("healthy"));
    }
    await().atMost(PATIENCE).until(() -> state("rg-socket").equals("suspect"));
  }

  @Test
  void manyHeartbeatsAreFewWrites() throws Exception {
    register("rg-busy", "{\"id\":\"rg-busy\"}");
    for (int i = 0; i < 50; i++) {
      gateway.rest("POST", AGENTS + "/rg-busy/heartbeat", sender, "");
    }
    assertThat(state("rg-busy")).isEqualTo("healthy");
    try (Connection database = gateway.database();
        Statement statement = database.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM agent_heartbeats WHERE agent_id = 'rg-busy'")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getInt(1)).isEqualTo(1);
    }
  }

  @Test
  void changesAreFollowedByEventsAndByTopic() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (AegisClient agent = AegisClient.connect(gateway.enrol("rg-listener"));
        EventReader reader = EventReader.open(gateway, AGENTS + "/events", viewer, null)) {
      agent
          .subscribe("@aegis.registry.>", m -> heard.add(m.text()))
          .active()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      register("rg-event", "{\"id\":\"rg-event\"}");
      EventReader.Event added = reader.next("rg-event");
      assertThat(added.event()).isEqualTo("registered");
      gateway.enrol("rg-enrolled");
      assertThat(reader.next("rg-enrolled").event())
          .as("at the management port")
          .isEqualTo("registered");
      String announced = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      while (announced != null && !announced.contains("rg-event")) {
        announced = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      assertThat(announced).contains("registered");
      gateway.rest("PATCH", AGENTS + "/rg-event", admin, "{\"type\":\"x\"}");
      gateway.rest("DELETE", AGENTS + "/rg-event", admin, null);
      try (EventReader again = EventReader.open(gateway, AGENTS + "/events", viewer, added.id())) {
        assertThat(again.next("rg-event").event()).isEqualTo("updated");
        assertThat(again.next("rg-event").event()).isEqualTo("revoked");
      }
      try (EventReader lost = EventReader.open(gateway, AGENTS + "/events", viewer, "x-1")) {
        assertThat(lost.next("").event()).isEqualTo("reset");
      }
      assertThatThrownBy(() ->
              agent
                  .send(OutgoingMessage.text("topic:@aegis.registry.registered", "x", "forged"))
                  .accepted()
                  .get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .hasMessageContaining("not");
      HttpResponse<String> forged =
          gateway.rest(
              "POST",
              "/api/v1/messages",
              sender,
              "{\"to\":\"topic:@aegis.registry.registered\",\"content\":1}");
      assertThat(forged.statusCode()).isEqualTo(403);
    }
  }

  private static void register(String id, String body) throws Exception {
    HttpResponse<String> added = gateway.rest("POST", AGENTS, admin, body);
    assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
    assertThat(Json.parse(added.body()).path("agent_id").asString()).isEqualTo(id);
  }

  private static String state(String agent) throws Exception {
    return Json.parse(gateway.rest("GET", AGENTS + "/" + agent, viewer, null).body())
        .path("state")
        .asString();
  }

  private static List<String> ids(String query) throws Exception {
    List<String> ids = new ArrayList<>();
    Json.parse(gateway.rest("GET", AGENTS + query, viewer, null).body())
        .path("agents")
        .forEach(agent -> ids.add(agent.path("id").asString()));
    return ids;
  }
}
