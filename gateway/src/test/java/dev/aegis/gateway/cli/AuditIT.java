package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.TrailSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The audit trail over REST and on the command line, against a whole gateway.
class AuditIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static String admin;
  private static String viewer;
  private static String sender;
  private static String foreign;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    GatewayConfig config = new GatewayConfig(directory.resolve("gw"), free, free, null, null);
    JournalSettings journal = config.journal();
    gateway =
        new TestGateway(
            config.withJournal(
                journal.withTrail(
                    new TrailSettings(
                        true, false, journal.trail().fallback(), Duration.ofSeconds(1)))));
    admin = gateway.apiKey("admin");
    viewer = gateway.apiKey("viewer");
    sender = gateway.apiKey("sender");
    foreign =
        Json.parse(
                gateway
                    .admin(
                        "POST",
                        "/admin/apikeys",
                        Map.of("name", "far", "role", "admin", "organization", "elsewhere"))
                    .body())
            .path("api_key")
            .asString();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void theStoryOfAMessageOfItsAgentsAndOfWhatAdminsDid() throws Exception {
    UUID id = exchange("au-s1", "au-r1");

    assertThat(events("?message_id=" + id + "&order=oldest", viewer))
        .containsExactly("accepted", "delivered", "processed");
    assertThat(events("?message_id=" + id, viewer))
        .containsExactly("processed", "delivered", "accepted");
    assertThat(events("?message_id=" + id, foreign)).isEmpty();
    assertThat(events("?agent=au-s1", admin))
        .contains("action", "session-opened", "accepted", "delivered", "processed");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(events("?agent=au-r1&event=session-closed", admin)).hasSize(1));
    JsonNode accepted = entries("?message_id=" + id + "&event=accepted", admin).getFirst();
    assertThat(accepted.path("from").asString()).isEqualTo("au-s1");
    assertThat(accepted.path("to").asString()).isEqualTo("au-r1");
    assertThat(accepted.path("digest").asString()).matches("[0-9a-f]{64}");
    JsonNode added = entries("?recipient=au-s1&event=action", admin).getFirst();
    assertThat(added.path("actor").asString()).isEqualTo("admin");
    assertThat(added.path("action").asString()).isEqualTo("agent-added");
    HttpResponse<String> alias =
        gateway.rest("GET", "/api/audit?message_id=" + id + "&limit=2", viewer, null);
    assertThat(Json.parse(alias.body()).path("entries")).hasSize(2);
    String cursor = Json.parse(alias.body()).path("next_cursor").asString();
    assertThat(events("?message_id=" + id + "&limit=2&cursor=" + cursor, viewer))
        .containsExactly("accepted");

    assertThat(run("audit", "list", "--message", id.toString(), "--oldest-first"))
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString().lines().toList())
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).contains("message_id=" + id).contains("to=au-r1"));
    assertThat(run("audit", "list", "--agent", "nobody")).isEqualTo(ExitCode.OK);
    assertThat(out.toString().strip()).isEqualTo("nothing");
  }

  @Test
  void bestEffortMessagesAreNotInItUnlessThatIsConfigured() throws Exception {
    try (AegisClient client = AegisClient.connect(gateway.enrol("au-b"))) {
      Sent sent =
          client.send(
              OutgoingMessage.text("topic:au", "task", "x").withGuarantee(Guarantee.BEST_EFFORT));
      sent.accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      exchange("au-s5", "au-r5");
      assertThat(events("?message_id=" + sent.id(), admin)).isEmpty();
    }
    gateway.restart();
    try (Connection database = gateway.database();
        var statement = database.createStatement();
        var row = statement.executeQuery("SELECT FROM audit_pages WHERE stream = 3")) {
      assertThat(row.next()).isFalse();
    }
  }

  @Test
  void anAgentThatPollsHasSessionsToo() throws Exception {
    gateway.enrol("au-p1");
    String poll = "/api/v1/agents/au-p1/mailbox?wait=0";
    assertThat(gateway.rest("GET", poll, admin, null).statusCode()).isEqualTo(200);

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(events("?agent=au-p1&event=session-opened", admin)).hasSize(1));
    assertThat(gateway.rest("DELETE", "/api/v1/agents/au-p1", admin, null).statusCode())
        .isEqualTo(204);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(events("?agent=au-p1&event=session-closed", admin)).hasSize(1));
  }

  @Test
  void anExportVerifiesAndWhatIsDoneToItIsFound() throws Exception {
    UUID id = exchange("au-s2", "au-r2");
    Path file = directory.resolve("export.ndjson");
    String key = gateway.gateway().publicKey().toString();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(run("audit", "export", file.toString())).isEqualTo(ExitCode.OK);
          assertThat(run("audit", "verify", file.toString(), "--key", key)).isEqualTo(ExitCode.OK);
          assertThat(out.toString())
              .contains("nothing was changed, nothing is missing")
              .doesNotContain("not signed for");
        });
    List<String> whole = Files.readAllLines(file);
    assertThat(whole).anySatisfy(line -> assertThat(line).contains(id.toString()));
    assertThat(run("audit", "verify", file.toString())).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("signed with: " + key).contains("say --key");
    assertThat(
            run(
                "audit",
                "verify",
                file.toString(),
                "--key",
                directory.resolve("gw/gateway.pub").toString()))
        .isEqualTo(ExitCode.OK);

    found(
        whole,
        lines -> lines.replaceAll(line -> line.replace("\"from\":\"au-s2\"", "\"from\":\"eve\"")),
        "does not say what the bytes of its page say");
    found(
        whole,
        lines -> lines.removeIf(line -> line.contains("\"kind\":\"entry\"")),
        "other entries");
    found(whole, lines -> lines.remove(page(lines)), "an entry that its page does not have");
    found(whole, List::removeLast, "it has no end");
    found(whole, lines -> lines.remove(lines.size() / 2), "");
    found(whole, lines -> Collections.swap(lines, page(lines), lines.size() - 2), "");
    found(whole, lines -> lines.add(lines.get(1)), "is behind the end");
    found(whole, lines -> lines.removeIf(line -> line.contains("\"kind\":\"checkpoint\"")), "");
    List<String> empty = new ArrayList<>(whole);
    empty.removeIf(line -> !line.contains("\"kind\":\"export\"") && !line.contains("\"kept\""));
    empty.add("{\"kind\":\"end\",\"pages\":0}");
    Files.write(file, empty);
    assertThat(run("audit", "verify", file.toString(), "--key", key)).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("nothing is signed for: 0 entries")
        .doesNotContain("nothing was changed");
    Files.write(file, whole);
    assertThat(run("audit", "verify", file.toString(), "--key", otherKey()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("not signed with a key that you trust");
    Files.writeString(file, "{\"kind\":\"other\"}\n");
    assertThat(run("audit", "verify", file.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("not an export of the audit trail");
  }

  private static int page(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("{\"kind\":\"page\"")) {
        return i;
      }
    }
    throw new AssertionError("no page");
  }

  private static String otherKey() {
    return Identity.generate(new SecureRandom()).verifyingKey().toString();
  }

  private void found(List<String> whole, Consumer<List<String>> change, String problem)
      throws Exception {
    List<String> lines = new ArrayList<>(whole);
    change.accept(lines);
    assertThat(lines).isNotEqualTo(whole);
    Path file = directory.resolve("changed.ndjson");
    Files.write(file, lines);
    assertThat(run("audit", "verify", file.toString(), "--json")).isEqualTo(ExitCode.FAILED);
    JsonNode result = Json.parse(out.toString());
    assertThat(result.path("whole").asBoolean()).isFalse();
    assertThat(result.path("problems").toString()).contains(problem);
  }

  /// What an admin of the database changes behind the gateway's back.
  @Test
  void aChangeInTheDatabaseIsFound() throws Exception {
    gateway.enrol("au-far", "elsewhere");
    Path file = directory.resolve("elsewhere.ndjson");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(run("audit", "export", "--organization", "elsewhere", file.toString()))
              .isEqualTo(ExitCode.OK);
          assertThat(run("audit", "verify", file.toString())).isEqualTo(ExitCode.OK);
          assertThat(out.toString()).doesNotContain("not signed for");
        });
    assertThat(Files.readString(file)).contains("au-far").doesNotContain("au-s1");
    try (Connection database = gateway.database();
        var statement = database.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "UPDATE audit_pages SET body = overlay(body placing '\\x21' from"
                      + " position('admin'::bytea in body)) WHERE organization = 'elsewhere'"
                      + " AND stream = 2 AND number = 1"))
          .isOne();
    }
    assertThat(run("audit", "export", "--organization", "elsewhere", file.toString()))
        .isEqualTo(ExitCode.OK);
    assertThat(run("audit", "verify", file.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("page 1").contains("NOT WHOLE");
  }

  @Test
  void aPayloadIsErasedAndItsTrailIsNot() throws Exception {
    UUID id = exchange("au-s3", "au-r3");
    String path = "/api/v1/messages/" + id;
    assertThat(gateway.rest("GET", path + "/proof", viewer, null).statusCode()).isEqualTo(200);

    assertThat(gateway.rest("DELETE", path + "/payload", admin, null).statusCode()).isEqualTo(204);
    JsonNode left = Json.parse(gateway.rest("GET", path, viewer, null).body());
    assertThat(left.path("erased").asBoolean()).isTrue();
    assertThat(left.path("payload").isNull()).isTrue();
    assertThat(left.path("status").asString()).isEqualTo("processed");
    assertThat(gateway.rest("GET", path + "/proof", viewer, null).statusCode()).isEqualTo(404);
    assertThat(events("?message_id=" + id + "&order=oldest", viewer))
        .containsExactly("accepted", "delivered", "processed", "erased");
    assertThat(entries("?event=action&recipient=" + id, viewer).getFirst().path("action"))
        .hasToString("\"message-erased\"");

    gateway.enrol("au-r4");
    HttpResponse<String> waiting =
        gateway.rest("POST", "/api/v1/messages", admin, "{\"to\":\"au-r4\",\"content\":{}}");
    String open = Json.parse(waiting.body()).path("id").asString();
    HttpResponse<String> refused =
        gateway.rest("DELETE", "/api/v1/messages/" + open + "/payload", admin, null);
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("not-settled");
    String known = "/api/v1/messages/" + id + "/payload";
    assertThat(gateway.rest("DELETE", known, foreign, null).statusCode()).isEqualTo(404);
    assertThat(gateway.rest("DELETE", known, viewer, null).statusCode()).isEqualTo(403);
    assertThat(gateway.rest("DELETE", known, null, null).statusCode()).isEqualTo(401);
  }

  @Test
  void anErasureIsInTheTrailsOfBothOrganizations() throws Exception {
    HttpResponse<String> rule =
        gateway.rest(
            "POST",
            "/api/v1/access-rules",
            admin,
            "{\"from_organization\":\"elsewhere\",\"message_type\":\"task\"}");
    assertThat(rule.statusCode()).as(rule.body()).isEqualTo(201);
    Sent sent;
    try (AegisClient client = AegisClient.connect(gateway.enrol("au-guest", "elsewhere"));
        AegisClient _ = AegisClient.connect(gateway.enrol("au-host"), c -> c.on("task", _ -> {}))) {
      sent = client.send(OutgoingMessage.text("au-host", "task", "secret"));
      sent.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    String path = "/api/v1/messages/" + sent.id() + "/payload";
    assertThat(gateway.rest("DELETE", path, foreign, null).statusCode()).isEqualTo(404);
    assertThat(gateway.rest("DELETE", path, admin, null).statusCode()).isEqualTo(204);
    for (String key : List.of(admin, foreign)) {
      assertThat(events("?message_id=" + sent.id() + "&order=oldest", key))
          .containsExactly("accepted", "delivered", "processed", "erased");
    }
    assertThat(entries("?event=action&recipient=" + sent.id(), admin))
        .singleElement()
        .satisfies(done -> assertThat(done.path("action").asString()).isEqualTo("message-erased"));
    assertThat(entries("?event=action&recipient=" + sent.id(), foreign)).isEmpty();
  }

  @Test
  void workThatNobodyGotIsErased() throws Exception {
    HttpResponse<String> parked =
        gateway.rest(
            "POST",
            "/api/v1/messages",
            admin,
            "{\"to\":\"cap:au-nobody\",\"no_candidate\":\"park\",\"ttl\":100,\"content\":{}}");
    assertThat(parked.statusCode()).as(parked.body()).isEqualTo(202);
    String path = "/api/v1/messages/" + Json.parse(parked.body()).path("id").asString();
    await()
        .atMost(PATIENCE)
        .until(() ->
            Json.parse(gateway.rest("GET", path, viewer, null).body())
                .path("status")
                .asString()
                .equals("expired"));
    assertThat(gateway.rest("DELETE", path + "/payload", foreign, null).statusCode())
        .isEqualTo(404);
    assertThat(gateway.rest("DELETE", path + "/payload", admin, null).statusCode()).isEqualTo(204);
    HttpResponse<String> left = gateway.rest("GET", path, viewer, null);
    assertThat(left.statusCode()).as(left.body()).isEqualTo(200);
    assertThat(Json.parse(left.body()).path("erased").asBoolean()).isTrue();
    assertThat(Json.parse(left.body()).path("to").asString()).isEqualTo("cap:au-nobody");
  }

  @Test
  void anOrganizationSaysHowLongItKeepsThings() throws Exception {
    String path = "/api/v1/audit/retention";
    assertThat(gateway.rest("GET", path, viewer, null).body())
        .isEqualTo("{\"organization\":\"default\",\"retention\":\"forever\",\"configured\":true}");
    assertThat(gateway.rest("PUT", path, foreign, "{\"retention\":90}").body())
        .isEqualTo("{\"organization\":\"elsewhere\",\"retention\":\"90\",\"configured\":false}");
    assertThat(run("audit", "retention", "--organization", "elsewhere")).isEqualTo(ExitCode.OK);
    assertThat(out.toString().strip()).isEqualTo("elsewhere keeps for 90");
    assertThat(run("audit", "retention", "--organization", "elsewhere", "365"))
        .isEqualTo(ExitCode.OK);
    assertThat(gateway.rest("GET", path, foreign, null).body()).contains("\"365\"");
    assertThat(run("audit", "retention", "--organization", "elsewhere", "configured"))
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString().strip()).isEqualTo("elsewhere keeps for forever (as configured)");
    assertThat(run("audit", "retention", "--organization", "nowhere", "90"))
        .isEqualTo(ExitCode.REFUSED);
    assertThat(err.toString()).contains("no organization of that name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-      | GET | /api/v1/audit                     |                      | 401 | unauthorized",
        "-      | GET | /api/v1/audit/export              |                      | 401 | unauthorized",
        "-      | GET | /api/v1/audit/retention           |                      | 401 | unauthorized",
        "-      | PUT | /api/v1/audit/retention           | {\"retention\":\"90\"} | 401 | unauthorized",
        "sender | GET | /api/v1/audit                     |                      | 403 | forbidden",
        "sender | GET | /api/v1/audit/export              |                      | 403 | forbidden",
        "sender | GET | /api/v1/audit/retention           |                      | 403 | forbidden",
        "viewer | PUT | /api/v1/audit/retention           | {\"retention\":\"90\"} | 403 | forbidden",
        "admin  | GET | /api/v1/audit?message_id=1        |                      | 400 | invalid-request",
        "admin  | GET | /api/v1/audit?event=eaten         |                      | 400 | invalid-request",
        "admin  | GET | /api/v1/audit?from=yesterday      |                      | 400 | invalid-request",
        "admin  | GET | /api/v1/audit?order=any           |                      | 400 | invalid-request",
        "admin  | GET | /api/v1/audit?limit=0             |                      | 400 | invalid-request",
        "admin  | GET | /api/v1/audit?cursor=eA           |                      | 400 | invalid-cursor",
        "admin  | GET | /api/v1/audit?organization=other  |                      | 400 | unknown-parameter",
        "admin  | GET | /api/v1/audit/export?cursor=eA    |                      | 400 | invalid-cursor",
        "admin  | GET | /api/v1/audit/export?from=1       |                      | 400 | invalid-request",
        "admin  | PUT | /api/v1/audit/retention           | {\"retention\":\"60\"} | 400 | invalid-request",
        "admin  | PUT | /api/v1/audit/retention           | {}                   | 400 | invalid-request",
        "admin  | PUT | /api/v1/audit/retention           | {\"days\":\"90\"}      | 400 | unknown-field",
      })
  void whatCannotBeDoneIsSaid(
      String who, String method, String path, @Nullable String body, int status, String code)
      throws Exception {
    String key =
        switch (who) {
          case "admin" -> admin;
          case "viewer" -> viewer;
          case "sender" -> sender;
          default -> null;
        };
    HttpResponse<String> reply = gateway.rest(method, path, key, body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(Json.parse(reply.body()).path("code").asString()).isEqualTo(code);
  }

  /// Less than the window in which repeats are recognised.
  @Test
  void whatIsNeededIsKept() throws Exception {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    GatewayConfig config = new GatewayConfig(directory.resolve("long"), free, free, null, null);
    try (TestGateway own =
        new TestGateway(
            config.withJournal(
                config.journal().withDedupeWindow(Duration.ofDays(60)).withDedupeEntries(1_000)))) {
      HttpResponse<String> reply =
          own.rest("PUT", "/api/v1/audit/retention", own.apiKey("admin"), "{\"retention\":\"30\"}");
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(409);
      assertThat(reply.body()).contains("retention-too-short");
    }
  }

  private static UUID exchange(String from, String to) throws Exception {
    Sent sent;
    try (AegisClient client = AegisClient.connect(gateway.enrol(from));
        AegisClient _ = AegisClient.connect(gateway.enrol(to), c -> c.on("task", _ -> {}))) {
      sent = client.send(OutgoingMessage.text(to, "task", "secret"));
      sent.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    return sent.id();
  }

  private static List<JsonNode> entries(String query, String key) throws Exception {
    HttpResponse<String> reply = gateway.rest("GET", "/api/v1/audit" + query, key, null);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    List<JsonNode> entries = new ArrayList<>();
    Json.parse(reply.body()).path("entries").forEach(entries::add);
    return entries;
  }

  private static List<String> events(String query, String key) throws Exception {
    return entries(query, key).stream().map(entry -> entry.path("event").asString()).toList();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!all.contains("verify")) {
      all.add("--data-dir");
      all.add(directory.resolve("gw").toString());
    }
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }
}
