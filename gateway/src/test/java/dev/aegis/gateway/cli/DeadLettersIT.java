package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Dead letters and the history of a message from the command line, against a whole gateway.
class DeadLettersIT {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z";

  @TempDir static Path directory;
  private static TestGateway gateway;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void aMessageDiesIsShownRedrivenAndProcessed() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    try (AegisClient sender = AegisClient.connect(gateway.enrol("cli-s1"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("cli-r1"), c -> c.on("task", _ -> failWhile(broken)))) {
      Sent sent = die(sender, "cli-r1");
      String id = sent.id().toString();

      assertThat(run("dead", "list", "--recipient", "cli-r1")).isEqualTo(ExitCode.OK);
      assertThat(lines()).hasSize(2);
      assertThat(lines().getFirst()).matches("ID +DIED +FROM +TO +TYPE +CLASS +FAILURES +REASON");
      assertThat(lines().getLast())
          .matches(id + " +" + TIME + " +cli-s1 +cli-r1 +task +normal +1 +handler-failed");

      assertThat(run("dead", "show", id)).isEqualTo(ExitCode.OK);
      assertThat(out.toString())
          .contains("from         cli-s1")
          .contains("payload      6 bytes")
          .contains("status       dead: handler-failed")
          .doesNotContain("secret");
      assertThat(steps())
          .containsExactly(
              "1 stored", "2 to be tried again: handler-failed", "2 given up: handler-failed");

      broken.set(false);
      assertThat(run("dead", "redrive", id)).isEqualTo(ExitCode.OK);
      assertThat(lines()).containsExactly(id + " is on its way again");
      await()
          .untilAsserted(() -> {
            assertThat(run("message", "show", id)).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("status       processed");
          });
      assertThat(steps())
          .startsWith(
              "1 stored",
              "2 to be tried again: handler-failed",
              "2 given up: handler-failed",
              "1 stored anew: redriven")
          .endsWith("1 processed");
      assertThat(run("dead", "redrive", id)).isEqualTo(ExitCode.REFUSED);
      assertThat(err.toString())
          .isEqualTo("aegis: no dead letter of that id" + System.lineSeparator());
      assertThat(run("dead", "list", "--recipient", "cli-r1")).isEqualTo(ExitCode.OK);
      assertThat(lines()).containsExactly("no dead letters");
      assertThat(audited(id))
          .containsExactly("admin message-redriven from=cli-s1 to=cli-r1 type=task");
    }
  }

  @Test
  void aDiscardedLetterIsSettledAndSaysSo() throws Exception {
    try (AegisClient sender = AegisClient.connect(gateway.enrol("cli-s2"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("cli-r2"),
                c -> c.on("task", _ -> failWhile(new AtomicBoolean(true))))) {
      String id = die(sender, "cli-r2").id().toString();
      assertThat(run("dead", "discard", "--json", id)).isEqualTo(ExitCode.OK);
      assertThat(Json.parse(out.toString()).path("status").asString()).isEqualTo("failed");
      assertThat(run("dead", "discard", id)).isEqualTo(ExitCode.REFUSED);
      assertThat(run("message", "show", "--json", id)).isEqualTo(ExitCode.OK);
      JsonNode shown = Json.parse(out.toString());
      assertThat(shown.path("status").asString()).isEqualTo("failed");
      JsonNode last = shown.path("history").get(shown.path("history").size() - 1);
      assertThat(last.path("status").asString()).isEqualTo("failed");
      assertThat(last.path("reason").asString()).isEqualTo("discarded");
      assertThat(audited(id))
          .containsExactly("admin message-discarded from=cli-s2 to=cli-r2 type=task");

      String restId = die(sender, "cli-r2").id().toString();
      assertThat(
              gateway
                  .rest(
                      "POST",
                      "/api/v1/messages/" + restId + "/discard",
                      gateway.apiKey("admin"),
                      "")
                  .statusCode())
          .isEqualTo(200);
      assertThat(audited(restId))
          .containsExactly("api.test-admin message-discarded from=cli-s2 to=cli-r2 type=task");
    }
  }

  @Test
  void ofManyWhoSettleALetterAtOnceOneWins() throws Exception {
    String admin = gateway.apiKey("admin");
    String id;
    try (AegisClient sender = AegisClient.connect(gateway.enrol("cli-s5"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("cli-r5"),
                c -> c.on("task", _ -> failWhile(new AtomicBoolean(true))))) {
      id = die(sender, "cli-r5").id().toString();
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService admins = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String how = i % 2 == 0 ? "/redrive" : "/discard";
        answers.add(
            admins.submit(() ->
                gateway.rest("POST", "/api/v1/messages/" + id + how, admin, "").statusCode()));
      }
      for (Future<Integer> answer : answers) {
        statuses.add(answer.get());
      }
    }
    assertThat(statuses).filteredOn(status -> status == 404).hasSize(15);
    assertThat(statuses).filteredOn(status -> status == 202 || status == 200).hasSize(1);
    assertThat(audited(id)).hasSize(1);
  }

  @Test
  void pagesShowEveryLetterOnce() throws Exception {
    ClientOptions recipient = gateway.enrol("cli-r3");
    List<String> died = new ArrayList<>();
    try (AegisClient sender = AegisClient.connect(gateway.enrol("cli-s3"));
        AegisClient _ =
            AegisClient.connect(
                recipient, c -> c.on("task", _ -> failWhile(new AtomicBoolean(true))))) {
      List<Sent> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(sender.send(mortal("cli-r3")));
      }
      for (Sent sent : all) {
        assertThatThrownBy(() -> sent.processed().get(30, TimeUnit.SECONDS)).isNotNull();
        died.add(sent.id().toString());
      }
    }
    List<String> listed = new ArrayList<>();
    String before = null;
    int pages = 0;
    do {
      List<String> arguments =
          new ArrayList<>(List.of("dead", "list", "--recipient=cli-r3", "--limit=2", "--json"));
      if (before != null) {
        arguments.add("--before=" + before);
      }
      assertThat(run(arguments.toArray(String[]::new))).isEqualTo(ExitCode.OK);
      JsonNode page = Json.parse(out.toString());
      page.path("dead_letters").forEach(letter -> listed.add(letter.path("id").asString()));
      before = page.path("next_before").asString(null);
      pages++;
    } while (before != null);
    assertThat(pages).isEqualTo(3);
    assertThat(listed).containsExactlyInAnyOrderElementsOf(died);
    assertThat(run("dead", "list", "--recipient=cli-r3", "--limit=2")).isEqualTo(ExitCode.OK);
    assertThat(lines()).hasSize(4);
    assertThat(lines().getLast()).matches("more: --before \\d+\\.[0-9a-f-]{36}");

    assertThat(run("dead", "list", "--before=2020-01-01T00:00:00Z")).isEqualTo(ExitCode.OK);
    assertThat(lines()).containsExactly("no dead letters");
    assertThat(run("dead", "list", "--before=yesterday")).isEqualTo(ExitCode.REFUSED);
    assertThat(err.toString()).contains("before: milliseconds");
    assertThat(run("dead", "list", "--limit=0")).isEqualTo(ExitCode.REFUSED);
    assertThat(err.toString()).contains("limit: 1 to 1000");
  }

  @Test
  void keysOfAnotherOrganizationSeeNothingOfIt() throws Exception {
    String foreign =
        Json.parse(
                gateway
                    .admin(
                        "POST",
                        "/admin/apikeys",
                        Map.of("name", "far", "role", "admin", "organization", "elsewhere"))
                    .body())
            .path("api_key")
            .asString();
    try (AegisClient sender = AegisClient.connect(gateway.enrol("cli-s4"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("cli-r4"),
                c -> c.on("task", _ -> failWhile(new AtomicBoolean(true))))) {
      UUID id = die(sender, "cli-r4").id();
      JsonNode page = Json.parse(gateway.rest("GET", "/api/v1/dead-letters", foreign, null).body());
      assertThat(page.path("dead_letters")).isEmpty();
      assertThat(gateway.rest("GET", "/api/v1/messages/" + id, foreign, null).statusCode())
          .isEqualTo(404);
      assertThat(
              gateway.rest("POST", "/api/v1/messages/" + id + "/discard", foreign, "").statusCode())
          .isEqualTo(404);
    }
  }

  @Test
  void theStatusIsATableOfWhatTheGatewaySays() {
    assertThat(run("status", "--json")).isEqualTo(ExitCode.OK);
    JsonNode status = Json.parse(out.toString());
    assertThat(run("status")).isEqualTo(ExitCode.OK);
    assertThat(lines())
        .anyMatch(line -> line.matches("ready +true"))
        .anyMatch(line -> line.equals("throughput"))
        .anyMatch(line -> line.matches(" +inPerSecond +critical [0-9.]+ .* total [0-9.]+"))
        .anyMatch(line -> line.matches("lanes +critical 0  high 0  normal 0  low 0"));
    status
        .propertyNames()
        .forEach(name -> assertThat(lines()).anyMatch(line -> line.startsWith(name)));
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(run("message", "show", UUID.randomUUID().toString())).isEqualTo(ExitCode.REFUSED);
    assertThat(err.toString()).startsWith("aegis: no message of that id");
    assertThat(run("message", "show", "nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(run("dead")).isEqualTo(ExitCode.USAGE);
    assertThat(
            Main.commandLine()
                .setErr(new PrintWriter(err))
                .execute("dead", "list", "--data-dir=" + directory.resolve("none")))
        .isEqualTo(ExitCode.NOT_REACHABLE);
    assertThat(err.toString()).contains("no gateway has run with the data directory");
  }

  @Test
  void everyManagementActionIsAudited() throws Exception {
    gateway.enrol("cli-a1");
    gateway.admin("POST", "/admin/tokens", Map.of("agent_id", "cli-a2", "seconds", 60));
    gateway.admin("POST", "/admin/apikeys", Map.of("name", "cli-key", "role", "viewer"));
    gateway.admin("DELETE", "/admin/agents/cli-a1", null);
    assertThat(audited("cli-a1"))
        .containsExactly("admin agent-added organization=default", "admin agent-revoked ");
    assertThat(audited("cli-a2"))
        .containsExactly("admin join-token-created organization=default seconds=60");
    assertThat(audited("api.cli-key"))
        .containsExactly("admin api-key-created role=viewer organization=default");
    assertThat(gateway.admin("DELETE", "/admin/agents/nobody", null).statusCode()).isEqualTo(404);
    assertThat(audited("nobody")).isEmpty();
  }

  private static void failWhile(AtomicBoolean broken) {
    if (broken.get()) {
      throw new IllegalStateException("broken");
    }
  }

  private static OutgoingMessage mortal(String to) {
    return OutgoingMessage.text(to, "task", "secret").withMetadata(Map.of("max_retries", "1"));
  }

  private static Sent die(AegisClient sender, String to) throws Exception {
    Sent sent = sender.send(mortal(to));
    assertThatThrownBy(() -> sent.processed().get(30, TimeUnit.SECONDS)).isNotNull();
    return sent;
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(arguments));
    if (arguments.length > 1 || arguments[0].equals("status")) {
      all.add("--data-dir=" + directory.resolve("gw"));
    }
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  /// Attempt and what happened, of every step but deliveries, which are noted when they end.
  private List<String> steps() {
    return lines().stream()
        .filter(line -> line.matches("^" + TIME + ".*"))
        .map(line ->
            line.replaceFirst("^" + TIME + " +\\+[0-9.]+ \\w+ +attempt (\\d+) +(.*)$", "$2 $3"))
        .filter(step -> !step.endsWith(" delivered"))
        .toList();
  }

  private static List<String> audited(String subject) throws SQLException {
    List<String> entries = new ArrayList<>();
    try (Connection connection = gateway.database();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT concat(actor, ' ', action, ' ', detail) FROM audit_log WHERE subject = '"
                    + subject
                    + "' ORDER BY id")) {
      while (row.next()) {
        entries.add(row.getString(1));
      }
    }
    return entries;
  }
}
