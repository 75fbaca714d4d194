package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.crypto.MerkleTree;
import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.TrailSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Best-effort messages in the audit trail of a whole gateway.
class BestEffortAuditIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String PASSED_ON =
      "aegis_messages_transitions_total\\{guarantee=\"best-effort\",priority=\"normal\","
          + "transition=\"accepted\"\\}";

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();

  @Test
  void theyAreFoundVerifiedAndMissedAndWhatWaitsAtAStopIsWritten() throws Exception {
    try (TestGateway gateway = new TestGateway(config(null))) {
      String key = gateway.apiKey("admin");
      UUID conversation = UUID.randomUUID();
      CountDownLatch arrived = new CountDownLatch(3);
      Sent direct;
      Sent fanOut;
      Sent across;
      gateway.enrol("be-far", "elsewhere");
      HttpResponse<String> foreign =
          gateway.admin(
              "POST",
              "/admin/apikeys",
              Map.of("name", "far", "role", "admin", "organization", "elsewhere"));
      String far = Json.parse(foreign.body()).path("api_key").asString();
      HttpResponse<String> rule =
          gateway.rest(
              "POST",
              "/api/v1/access-rules",
              far,
              "{\"from_organization\":\"default\",\"message_type\":\"task\"}");
      assertThat(rule.statusCode()).as(rule.body()).isEqualTo(201);
      try (AegisClient sender = AegisClient.connect(gateway.enrol("be-s"));
          AegisClient _ =
              AegisClient.connect(
                  gateway.enrol("be-r"), c -> c.on("task", _ -> arrived.countDown()));
          AegisClient two = AegisClient.connect(gateway.enrol("be-r2"));
          AegisClient _ =
              AegisClient.connect(
                  gateway.enrol("be-far2", "elsewhere"),
                  c -> c.on("task", _ -> arrived.countDown()))) {
        two.subscribe("be.*", _ -> arrived.countDown()).active().get(30, TimeUnit.SECONDS);
        direct = sender.send(message("be-r").withConversation(conversation));
        fanOut = sender.publish("be.a", message("topic:be.a"));
        across = sender.send(message("be-far2"));
        assertThat(arrived.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }

      JsonNode kept = one(gateway, key, "?conversation_id=" + conversation);
      assertThat(kept.path("message_id").asString()).isEqualTo(direct.id().toString());
      assertThat(kept.path("event").asString()).isEqualTo("accepted");
      assertThat(kept.path("reason").asString()).isEqualTo("best-effort");
      assertThat(kept.path("from").asString()).isEqualTo("be-s");
      assertThat(kept.path("to").asString()).isEqualTo("be-r");
      assertThat(kept.path("sequence").asInt()).isZero();
      assertThat(kept.path("size").asInt()).isPositive();
      assertThat(kept.path("digest").asString()).matches("(?!0{64})[0-9a-f]{64}");
      assertThat(one(gateway, key, "?agent=be-r&event=accepted")).isEqualTo(kept);
      assertThat(one(gateway, key, "?message_id=" + fanOut.id()).path("to").asString())
          .isEqualTo("topic:be.a");
      for (String each : List.of(key, far)) {
        assertThat(one(gateway, each, "?message_id=" + across.id()).path("to").asString())
            .isEqualTo("be-far2");
      }
      assertThat(entries(gateway, far, "?message_id=" + direct.id())).isEmpty();

      theHashIsOfTheEnvelope(gateway, key);
      verifies(gateway, direct.id());
      stops(gateway, key);
    }
  }

  private static void theHashIsOfTheEnvelope(TestGateway gateway, String key) throws Exception {
    try (RawAgent raw = gateway.raw("be-raw")) {
      List<Message> sent = List.of(event("be-raw", "topic:be.x"), event("be-raw", "*"));
      raw.sendSigned(sent.stream().map(EnvelopeCodec::encode).toArray(byte[][]::new));
      for (Message message : sent) {
        byte[] envelope = EnvelopeCodec.encode(message);
        assertThat(one(gateway, key, "?message_id=" + message.id()).path("digest").asString())
            .isEqualTo(HexFormat.of().formatHex(MerkleTree.leafHash(envelope, 0, envelope.length)));
      }
    }
  }

  private static Message event(String from, String to) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), from, to, "task")
        .guarantee(Guarantee.BEST_EFFORT)
        .payload(new byte[1])
        .build();
  }

  private void verifies(TestGateway gateway, UUID id) throws Exception {
    Path file = directory.resolve("export.ndjson");
    String key = gateway.gateway().publicKey().toString();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(run("export", file.toString())).isEqualTo(ExitCode.OK);
          assertThat(run("verify", file.toString(), "--key", key)).isEqualTo(ExitCode.OK);
          assertThat(out.toString())
              .contains("nothing was changed, nothing is missing")
              .doesNotContain("not signed for");
        });
    List<String> whole = Files.readAllLines(file);
    assertThat(whole)
        .anySatisfy(line -> assertThat(line).contains("\"stream\":\"best-effort\""))
        .anySatisfy(line -> assertThat(line).contains(id.toString()));
    List<String> changed = new ArrayList<>(whole);
    changed.replaceAll(line ->
        line.contains(id.toString()) ? line.replace("\"to\":\"be-r\"", "\"to\":\"eve\"") : line);
    assertThat(changed).isNotEqualTo(whole);
    Files.write(file, changed);
    assertThat(run("verify", file.toString(), "--key", key)).isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("does not say what the bytes of its page say");
    List<String> cut = new ArrayList<>(whole);
    cut.removeIf(line ->
        line.startsWith("{\"kind\":\"page\"") && line.contains("\"stream\":\"best-effort\""));
    Files.write(file, cut);
    assertThat(run("verify", file.toString(), "--key", key)).isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("/best-effort/");
  }

  private static void stops(TestGateway gateway, String key) throws Exception {
    int count = 500;
    CountDownLatch arrived = new CountDownLatch(count);
    try (AegisClient sender = AegisClient.connect(gateway.enrol("be-s3"));
        AegisClient receiver = AegisClient.connect(gateway.enrol("be-r3"))) {
      receiver.subscribe("stop", _ -> arrived.countDown()).active().get(30, TimeUnit.SECONDS);
      for (int i = 0; i < count; i++) {
        sender.publish("stop", message("topic:stop"));
      }
      assertThat(arrived.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      gateway.restart();
    }
    List<JsonNode> kept = new ArrayList<>();
    String path = "/api/v1/audit?recipient=topic:stop&limit=100";
    String cursor = "";
    while (cursor != null) {
      HttpResponse<String> reply =
          gateway.rest("GET", path + (cursor.isEmpty() ? "" : "&cursor=" + cursor), key, null);
      JsonNode page = Json.parse(reply.body());
      page.path("entries").forEach(kept::add);
      cursor = page.path("next_cursor").isString() ? page.path("next_cursor").asString() : null;
    }
    assertThat(kept).hasSize(count);
  }

  @Test
  void whatTheTrailCannotTakeWhileItsDatabaseIsAwayIsRefusedAndNothingElse() throws Exception {
    Path home = directory.resolve("database");
    EmbeddedPostgres server = EmbeddedPostgres.start(home);
    try {
      DatabaseSettings database = server.database("aegis");
      GatewayConfig.Postgres postgres =
          new GatewayConfig.Postgres(database.url(), database.user(), database.password());
      try (TestGateway gateway = new TestGateway(config(postgres));
          AegisClient sender = AegisClient.connect(gateway.enrol("be-s"));
          AegisClient _ = AegisClient.connect(gateway.enrol("be-r"), c -> c.on("task", _ -> {}));
          RawAgent probe = gateway.raw("be-p")) {
        server.close();
        while (metric(gateway, "aegis_audit_refused_total") == 0) {
          Sent last = sender.publish("away", message("topic:away"));
          for (int i = 0; i < 2_000; i++) {
            last = sender.publish("away", message("topic:away"));
          }
          last.accepted().handle((_, _) -> true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(metric(gateway, "aegis_audit_waiting")).isEqualTo(65_536);
        Message refused = event("be-p", "be-r");
        probe.sendSigned(EnvelopeCodec.encode(refused));
        Control.Refusal answer = probe.next(Control.Refusal.class);
        assertThat(answer.code()).isEqualTo(ErrorCode.OVERLOADED.wire());
        assertThat(answer.messageId()).isEqualTo(refused.id());

        server = EmbeddedPostgres.start(home);
        await().atMost(PATIENCE).until(() -> metric(gateway, "aegis_audit_waiting") == 0);
        Sent durable = sender.send(OutgoingMessage.text("be-r", "task", "durable"));
        durable.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Sent again = sender.send(message("be-r"));
        String key = gateway.apiKey("admin");
        assertThat(one(gateway, key, "?message_id=" + again.id()).path("to").asString())
            .isEqualTo("be-r");
        await()
            .atMost(PATIENCE)
            .untilAsserted(() ->
                assertThat(
                        number(database, "SELECT sum(entries) FROM audit_pages WHERE stream = 3"))
                    .isGreaterThan(65_536)
                    .isEqualTo(metric(gateway, PASSED_ON)));
      }
    } finally {
      server.close();
    }
  }

  private static OutgoingMessage message(String to) {
    return OutgoingMessage.text(to, "task", "x").withGuarantee(Guarantee.BEST_EFFORT);
  }

  private GatewayConfig config(GatewayConfig.@Nullable Postgres postgres) {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    GatewayConfig config = new GatewayConfig(directory.resolve("gw"), free, free, postgres, null);
    JournalSettings journal = config.journal();
    return config.withJournal(
        journal.withTrail(
            new TrailSettings(true, true, journal.trail().fallback(), Duration.ofSeconds(1))));
  }

  private static JsonNode one(TestGateway gateway, String key, String query) {
    return await()
        .atMost(PATIENCE)
        .until(() -> entries(gateway, key, query), found -> found.size() == 1)
        .getFirst();
  }

  private static List<JsonNode> entries(TestGateway gateway, String key, String query)
      throws Exception {
    HttpResponse<String> reply = gateway.rest("GET", "/api/v1/audit" + query, key, null);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    List<JsonNode> entries = new ArrayList<>();
    Json.parse(reply.body()).path("entries").forEach(entries::add);
    return entries;
  }

  /// @param name a pattern, with the labels
  private static long metric(TestGateway gateway, String name) throws Exception {
    String text = gateway.admin("GET", "/metrics", null).body();
    var line = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(text);
    assertThat(line.find()).as(name).isTrue();
    return (long) Double.parseDouble(line.group(1));
  }

  private static long number(DatabaseSettings database, String sql) throws Exception {
    try (Connection connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("audit"));
    all.addAll(List.of(arguments));
    if (!all.contains("verify")) {
      all.addAll(List.of("--data-dir", directory.resolve("gw").toString()));
    }
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(out, true))
        .execute(all.toArray(String[]::new));
  }
}
