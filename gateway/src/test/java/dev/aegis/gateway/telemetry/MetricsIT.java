package dev.aegis.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.gateway.TestCluster;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;

/// What a node of a cluster exposes is what the documentation, the alert rules and the dashboard
/// say. It is left in `target/metrics.txt` for whoever has other means to check it.
class MetricsIT {
  private static final Path OPS = Path.of("..", "docs", "ops");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Exposition exposed;

  @BeforeAll
  static void scrape(@TempDir Path directory) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
        TestGateway gateway = new TestCluster(directory, postgres, redis.url()).node("one")) {
      try (AegisClient sender = AegisClient.connect(gateway.enrol("sender"))) {
        gateway.enrol("away");
        sender
            .send(OutgoingMessage.text("away", "task", "x"))
            .accepted()
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      gateway.rest("GET", "/api/v1/openapi.json", null, null);
      gateway.rest("GET", "/api/v1/agents", null, null); // without a key
      gateway.rest("GET", "/api/v1/nothing", null, null);
      System.gc(); // the JVM tells of pauses from the first one on
      exposed =
          await()
              .atMost(PATIENCE)
              .until(
                  () -> read(gateway),
                  seen ->
                      seen.families().containsKey("jvm_gc_pause_seconds")
                          && seen.samples("aegis_mailbox_depth").size() == 1);
    }
  }

  private static Exposition read(TestGateway gateway) throws Exception {
    String text = gateway.admin("GET", "/metrics", null).body();
    Files.writeString(Path.of("target", "metrics.txt"), text);
    return Exposition.parse(text);
  }

  @Test
  void whatIsStoredIsCounted() {
    assertThat(exposed.value("aegis_queue_depth", "priority", "normal")).isEqualTo(1);
    assertThat(exposed.value("aegis_mailbox_depth", "agent", "away")).isEqualTo(1);
    assertThat(exposed.value("aegis_queue_depth", "priority", "low")).isZero();
    assertThat(exposed.value("aegis_mailboxes_waiting", "least", "1")).isEqualTo(1);
    assertThat(exposed.value("aegis_mailboxes_waiting", "least", "10")).isZero();
    assertThat(exposed.value("aegis_dead_letters")).isZero();
    assertThat(exposed.value("aegis_database_up")).isEqualTo(1);
    assertThat(exposed.value("aegis_database_size_bytes"))
        .isGreaterThan(exposed.value("aegis_journal_size_bytes"));
    assertThat(exposed.samples("aegis_agents").stream().mapToDouble(Exposition.Sample::value).sum())
        .isEqualTo(2);
    assertThat(exposed.value("aegis_mailbox_limit_messages")).isEqualTo(100_000);
    double now = System.currentTimeMillis() / 1e3;
    assertThat(exposed.value("aegis_tls_certificate_end_time_seconds")).isGreaterThan(now);
    assertThat(exposed.value("aegis_start_time_seconds")).isBetween(now - 600, now);
  }

  @Test
  void requestsAreCountedByOperation() {
    String requests = "aegis_rest_requests_total";
    assertThat(exposed.value(requests, "operation", "openapi", "code", "2xx")).isEqualTo(1);
    assertThat(exposed.value(requests, "operation", "openapi", "code", "5xx")).isZero();
    assertThat(exposed.value(requests, "operation", "agents", "code", "4xx")).isEqualTo(1);
    assertThat(exposed.value(requests, "operation", "unknown", "code", "4xx")).isEqualTo(1);
    assertThat(exposed.value("aegis_rest_request_seconds_count", "operation", "openapi"))
        .isEqualTo(1);
    assertThat(
            exposed.value(
                "aegis_rest_request_seconds_bucket", "operation", "openapi", "le", "+Inf"))
        .isEqualTo(1);
  }

  @Test
  void everyMetricIsDocumentedAndTheOtherWayRound() throws Exception {
    Path document = OPS.resolve("METRICS.md");
    if (Boolean.getBoolean("aegis.metrics.write")) {
      Files.writeString(document, MetricsDocument.render(exposed));
    }
    assertThat(Files.readString(document))
        .as("what makes it anew is in its head")
        .isEqualToNormalizingNewlines(MetricsDocument.render(exposed));
  }

  @Test
  void everyAlertAsksForWhatThereIsSaysWhatToDoAndIsTested() throws Exception {
    String tests = Files.readString(OPS.resolve("alerts_test.yml"));
    List<String> problems = new ArrayList<>();
    int alerts = 0;
    JsonNode file =
        Json.parse(
            Json.write(
                new Load(LoadSettings.builder().build())
                    .loadFromString(Files.readString(OPS.resolve("alerts.yml")))));
    for (JsonNode group : file.path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        String name = rule.path("alert").asString();
        JsonNode notes = rule.path("annotations");
        String query = rule.path("expr").asString();
        alerts++;
        assertThat(notes.propertyNames())
            .as(name)
            .containsExactlyInAnyOrder("summary", "meaning", "action");
        assertThat(rule.path("labels").path("severity").asString())
            .as(name)
            .isIn("critical", "warning");
        assertThat(tests).contains("alertname=\"" + name + "\"");
        assertThat(query).as(name).containsPattern("aegis_|disk_|up\\{");
        List<String> texts = new ArrayList<>(List.of(query));
        notes.forEach(note -> texts.add(note.asString()));
        for (String text : texts) {
          PromQl.problems(text, exposed).forEach(p -> problems.add(name + ": " + p));
        }
      }
    }
    assertThat(problems).isEmpty();
    assertThat(alerts).isGreaterThan(20);
  }

  @Test
  void everyPanelAsksForWhatThereIs() throws Exception {
    JsonNode dashboard = Json.parse(Files.readString(OPS.resolve("dashboard.json")));
    List<String> problems = new ArrayList<>();
    int queries = 0;
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String query = target.path("expr").asString();
        assertThat(query).contains("instance=~\"$instance\"");
        PromQl.problems(query, exposed)
            .forEach(p -> problems.add(panel.path("title").asString() + ": " + p));
        queries++;
      }
    }
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      problems.addAll(PromQl.problems(variable.path("query").asString(), exposed));
    }
    assertThat(problems).isEmpty();
    assertThat(queries).isGreaterThan(60);
  }

  @Test
  void aQueryForWhatThereIsNotIsFound() {
    assertThat(PromQl.problems("rate(aegis_journal_commits_total[5m]) > 1", exposed)).isEmpty();
    assertThat(PromQl.problems("rate(aegis_journal_commits[5m])", exposed)).hasSize(1);
    assertThat(PromQl.problems("aegis_agents{state=\"asleep\"}", exposed)).hasSize(1);
    assertThat(PromQl.problems("aegis_agents{state=~\"healthy|gone\"}", exposed)).hasSize(1);
    assertThat(PromQl.problems("sum by (colour) (aegis_agents)", exposed)).hasSize(1);
  }

  @Test
  void noLabelHasManyValues() {
    exposed
        .families()
        .keySet()
        .forEach(
            family -> assertThat(exposed.samples(family)).as(family).hasSizeLessThanOrEqualTo(200));
  }
}
