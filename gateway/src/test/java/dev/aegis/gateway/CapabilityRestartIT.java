package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.registry.RegistryTimes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Work routed by capability across restarts of the gateway, and away from agents that turn silent.
class CapabilityRestartIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static String admin;

  @BeforeAll
  static void start() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    gateway =
        new TestGateway(
            new GatewayConfig(directory.resolve("gw"), free, free, null, null)
                .withRegistry(
                    new RegistryTimes(
                        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(1))));
    admin = gateway.apiKey("admin");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void parkedWorkSurvivesARestart() throws Exception {
    Set<UUID> parked = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      parked.add(park("cap:cr-park"));
    }
    gateway.restart();
    BlockingQueue<UUID> got = new LinkedBlockingQueue<>();
    try (AegisClient _ = worker("cr-after", "cr-park", got)) {
      await().atMost(PATIENCE).until(() -> got.size() == parked.size());
    }
    assertThat(new HashSet<>(got)).isEqualTo(parked);
  }

  /// The gateway ends when work has left the pool, or an agent, and is not with the next one yet.
  @Test
  void workThatWasBetweenTwoMailboxesWhenTheGatewayEndedArrives() throws Exception {
    UUID id = park("cap:cr-between");
    JsonNode waits = message(id);
    assertThat(waits.path("status").asString()).isEqualTo("pending");
    update(
        "UPDATE message_queue SET status = 'moved', reason = 'cr-next', finished_at ="
            + " now() WHERE id = '"
            + id
            + "'");
    gateway.restart();

    BlockingQueue<UUID> got = new LinkedBlockingQueue<>();
    try (AegisClient _ = worker("cr-next", "cr-between", got)) {
      assertThat(got.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
      await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    }
  }

  /// Somebody has erased what was on its way; what was behind it goes on.
  @Test
  void workWithoutItsPayloadHoldsNothingUp() throws Exception {
    UUID erased = park("cap:cr-erased");
    UUID id = park("cap:cr-erased");
    assertThat(status(erased)).isEqualTo("pending");
    assertThat(status(id)).isEqualTo("pending");
    update(
        "UPDATE message_queue SET status = 'moved', reason = 'cr-eraser', finished_at = now(),"
            + " encrypted_payload = '' WHERE id = '"
            + erased
            + "'");
    update(
        "UPDATE message_queue SET status = 'moved', reason = 'cr-eraser', finished_at = now()"
            + " WHERE id = '"
            + id
            + "'");
    gateway.restart();
    BlockingQueue<UUID> got = new LinkedBlockingQueue<>();
    try (AegisClient _ = worker("cr-eraser", "cr-erased", got)) {
      assertThat(got.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
      UUID later = park("cap:cr-erased");
      assertThat(got.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(later);
    }
    update("DELETE FROM message_queue WHERE id = '" + erased + "'");
  }

  /// Its next agent never had room.
  @Test
  void workExpiresBetweenTwoMailboxesToo() throws Exception {
    UUID id = park("cap:cr-late");
    assertThat(status(id)).isEqualTo("pending");
    update(
        "UPDATE message_queue SET status = 'moved', reason = 'cr-nobody', finished_at = now(),"
            + " expires_at = now() - interval '1 second' WHERE id = '"
            + id
            + "'");
    gateway.restart();
    await().atMost(PATIENCE).until(() -> status(id).equals("expired"));
  }

  /// The gateway ends when it is there, and nobody has noted that yet: it is not stored again.
  @Test
  void workThatHadArrivedIsNotStoredAgain() throws Exception {
    BlockingQueue<UUID> got = new LinkedBlockingQueue<>();
    UUID id = park("cap:cr-there");
    try (AegisClient _ = worker("cr-there", "cr-there", got)) {
      await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
    }
    await().atMost(PATIENCE).until(() -> unsettled(id) == 0);
    update("UPDATE message_queue SET redriven_at = NULL WHERE id = '" + id + "'");
    gateway.restart();
    await().atMost(PATIENCE).until(() -> unsettled(id) == 0);
    assertThat(number("SELECT count(*) FROM message_queue WHERE id = '" + id + "'")).isEqualTo(2);
    assertThat(got).hasSize(1);
  }

  @Test
  void workOfAnAgentThatTurnsSilentMovesOn() throws Exception {
    enrolAble("cr-silent", "cr-quiet");
    assertThat(rest("POST", "/api/v1/agents/cr-silent/heartbeat", null).statusCode())
        .isBetween(200, 204);
    UUID id = UUID.randomUUID();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          rest("POST", "/api/v1/agents/cr-silent/heartbeat", null);
          return rest("POST", "/api/v1/messages", body("cap:cr-quiet", id, "")).statusCode() == 202;
        });
    await().atMost(PATIENCE).until(() -> message(id).path("to").asString().equals("cr-silent"));
    BlockingQueue<UUID> got = new LinkedBlockingQueue<>();
    try (AegisClient _ = worker("cr-lives", "cr-quiet", got)) {
      await().atMost(PATIENCE).until(() -> got.contains(id));
      await().atMost(PATIENCE).until(() -> status(id).equals("processed"));
      assertThat(message(id).path("to").asString()).isEqualTo("cr-lives");
      // steps of the mailboxes that it left are told once they are rows
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(message(id).path("history"))
                  .filteredOn(step -> step.path("status").asString().equals("moved"))
                  .extracting(step -> step.path("reason").asString())
                  .containsExactly("cr-silent", "cr-lives"));
    }
  }

  /// The sender used the id for something else that it sent to the agent itself.
  @Test
  void whatCannotArriveIsADeadLetter() throws Exception {
    UUID id = park("cap:cr-conflict");
    ClientOptions worker = enrolAble("cr-conflicts", "cr-conflict");
    assertThat(rest("POST", "/api/v1/messages", body("cr-conflicts", id, "")).statusCode())
        .isEqualTo(202);
    try (AegisClient _ = AegisClient.connect(worker, c -> c.on("task", _ -> {}))) {
      await()
          .atMost(PATIENCE)
          .until(() ->
              number(
                      "SELECT count(*) FROM message_queue WHERE id = '"
                          + id
                          + "' AND status = 'dead' AND reason = 'conflict'")
                  == 1);
    }
    HttpResponse<String> letters = rest("GET", "/api/v1/dead-letters?limit=100", null);
    assertThat(Json.parse(letters.body()).path("dead_letters"))
        .extracting(letter -> letter.path("id").asString())
        .contains(id.toString());
    HttpResponse<String> redriven = rest("POST", "/api/v1/messages/" + id + "/redrive", null);
    assertThat(redriven.statusCode()).as(redriven.body()).isEqualTo(409);
    HttpResponse<String> discarded = rest("POST", "/api/v1/messages/" + id + "/discard", null);
    assertThat(discarded.statusCode()).as(discarded.body()).isEqualTo(200);
  }

  private static AegisClient worker(String agent, String capability, BlockingQueue<UUID> got)
      throws Exception {
    return AegisClient.connect(
        enrolAble(agent, capability), c -> c.on("task", m -> got.add(m.message().id())));
  }

  private static ClientOptions enrolAble(String agent, String capability) throws Exception {
    ClientOptions options = gateway.enrol(agent);
    HttpResponse<String> patched =
        rest("PATCH", "/api/v1/agents/" + agent, "{\"capabilities\":[\"" + capability + "\"]}");
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    return options;
  }

  private static UUID park(String to) throws Exception {
    UUID id = UUID.randomUUID();
    HttpResponse<String> sent =
        rest("POST", "/api/v1/messages", body(to, id, ",\"no_candidate\":\"park\""));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return id;
  }

  private static String body(String to, UUID id, String more) {
    return "{\"id\":\"%s\",\"to\":\"%s\",\"content\":{}%s}".formatted(id, to, more);
  }

  private static JsonNode message(UUID id) throws Exception {
    return Json.parse(rest("GET", "/api/v1/messages/" + id, null).body());
  }

  private static String status(UUID id) throws Exception {
    return message(id).path("status").asString();
  }

  private static long unsettled(UUID id) throws Exception {
    return number(
        "SELECT count(*) FROM message_queue WHERE status = 'moved' AND redriven_at IS NULL"
            + " AND id = '"
            + id
            + "'");
  }

  private static HttpResponse<String> rest(String method, String path, @Nullable String body)
      throws Exception {
    return gateway.rest(method, path, admin, body);
  }

  private static long number(String sql) throws Exception {
    try (Connection connection = gateway.database();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void update(String sql) throws Exception {
    try (Connection connection = gateway.database();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }
}
