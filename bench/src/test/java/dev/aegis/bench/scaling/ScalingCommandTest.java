package dev.aegis.bench.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// On figures made of a known model: what it computes from them must be that model again.
class ScalingCommandTest {
  private static final double GATEWAY_OWN = 4;
  private static final double GATEWAY_CALL = 100;
  private static final double REDIS_OWN = 0.5;
  private static final double REDIS_REQUEST = 10;
  private static final double CLIENT = 5;
  private static final double DATABASE = 20;
  private static final double LOG_BYTES = 1_000;

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter said = new StringWriter();

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("scaling"));
    all.addAll(List.of(arguments));
    return new CommandLine(new Main())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(said, true))
        .setExecutionExceptionHandler((exception, command, _) -> {
          command.getErr().println(exception.getMessage());
          return 1;
        })
        .execute(all.toArray(new String[0]));
  }

  private static String trial(
      String kind, String system, double rate, double reached, double calls, double requests) {
    boolean durable = kind.equals("at-least-once");
    boolean crossing = system.equals("two-nodes");
    double redis = crossing ? REDIS_OWN + REDIS_REQUEST * requests : 0;
    return """
    {"workload":"%s","exercise":"%s","system":"%s","round":1,"figures":{
     "guarantee":"%s","settings":{"rate":%s},"messagesPerSecond":%s,"coresUsedByOthers":0,
     "p50Micros":1000,"p99Micros":2000,"gatewayCpuMicrosPerMessage":%s,
     "gatewayCpuMicrosPerMessageByThread":{"C2 CompilerThre":7.0,"aegis-loop":1.0},
     "redisCpuMicrosPerMessage":%s,"databaseCpuMicrosPerMessage":%s,"clientCpuMicrosPerMessage":%s,
     "workPerMessage":{"socketCalls":%s,"redisRequests":%s,"redisEntries":%s,"transactions":0,
      "redisBytesIn":300,"redisBytesOut":300,"agentBytesIn":300,"walBytes":%s}}}\
    """
        .formatted(
            kind,
            rate == 0 ? "saturated" : rate + "/s",
            system,
            kind,
            rate,
            reached,
            7 + GATEWAY_OWN + GATEWAY_CALL * calls,
            redis,
            durable ? DATABASE : 0,
            CLIENT,
            calls,
            crossing ? requests : 0,
            crossing ? requests / 3 : 0,
            durable ? LOG_BYTES : 0)
        .replace("\n", "");
  }

  /// What a machine of two cores does by that model: at saturation, all that two cores can.
  private Path results() throws IOException {
    List<String> trials = new ArrayList<>();
    for (String kind : List.of("best-effort", "at-least-once")) {
      for (String system : List.of("two-nodes", "alone")) {
        double stored = kind.equals("at-least-once") ? DATABASE : 0;
        double redis = system.equals("two-nodes") ? REDIS_OWN + REDIS_REQUEST * 0.03 : 0;
        double all = GATEWAY_OWN + GATEWAY_CALL * 0.01 + redis + stored + CLIENT;
        trials.add(trial(kind, system, 2_000, 2_000, 2, 3));
        trials.add(trial(kind, system, 10_000, 10_000, 1, 1.5));
        trials.add(trial(kind, system, 0, 2e6 / all, 0.01, 0.03));
      }
    }
    return Files.writeString(
        directory.resolve("cluster.json"),
        "{\"kind\":\"cluster\",\"command\":\"./aegis bench cluster\",\"commit\":\"abc\","
            + "\"at\":\"2026-01-01T00:00:00Z\",\"jdk\":\"25\",\"machine\":{\"cores\":2,\"cpu\":\"X\","
            + "\"loadAverage\":0.5},\"trials\":["
            + String.join(",", trials)
            + "]}\n");
  }

  private Path idle() throws IOException {
    return Files.writeString(
        directory.resolve("idle.json"),
        "{\"kind\":\"peers\",\"trials\":[{\"system\":\"nats\",\"figures\":{\"rssBytesPerConnection\":9e9}},"
            + "{\"system\":\"aegis\",\"figures\":{\"rssBytesPerConnection\":40000}}]}\n");
  }

  private JsonNode computed(String... options) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of(results().toString(), idle().toString(), "--json"));
    arguments.addAll(List.of(options));
    assertThat(run(arguments.toArray(new String[0]))).as("%s", said).isZero();
    return Json.parse(out.toString().strip().lines().toList().getLast());
  }

  @Test
  void predictsWhatFollowsTheModel() throws IOException {
    JsonNode predictions = computed().path("predictions");

    assertThat(predictions).hasSize(4);
    for (JsonNode each : predictions) {
      assertThat(each.path("error").asDouble()).as("%s", each).isCloseTo(0, within(0.001));
    }
  }

  @Test
  void needsFollowFromCostsAndHardware() throws IOException {
    JsonNode figures =
        computed(
            "--agents",
            "1000000",
            "--messages",
            "1000000",
            "--node-cores",
            "10",
            "--node-gib",
            "40",
            "--utilisation",
            "0.5",
            "--database-cores",
            "20",
            "--wal-megabytes",
            "250");

    JsonNode idle = figures.path("needs").get(0);
    assertThat(idle.path("nodes").asInt()).as("by network.max-connections").isEqualTo(10);
    JsonNode busy = figures.path("needs").get(1);
    double heartbeats = 1e6 / 15 * GATEWAY_CALL / 1e6;
    assertThat(busy.path("gatewayCores").asDouble())
        .isCloseTo(GATEWAY_OWN + GATEWAY_CALL * 0.01 + heartbeats, within(0.1));
    JsonNode alike = figures.path("needs").get(2);
    assertThat(alike.path("gatewayCores").asDouble())
        .isCloseTo(GATEWAY_OWN + 2 * GATEWAY_CALL + heartbeats, within(0.5));
    assertThat(alike.path("nodes").asInt()).as("by processors").isEqualTo(43);
    assertThat(alike.path("redisRequestsPerSecond").asDouble())
        .as("nobody writes to the same agent twice a second, and hardly an entry is shared")
        .isGreaterThan(2e6);
    JsonNode durable = figures.path("needs").get(4);
    assertThat(durable.path("databaseCores").asDouble()).isCloseTo(DATABASE, within(0.01));
    assertThat(durable.path("databases").asInt()).as("by its log").isEqualTo(4);
    assertThat(figures.path("durableCeilingByCpu").asDouble()).isCloseTo(500_000, within(1.0));
    assertThat(figures.path("durableCeilingByLog").asDouble()).isCloseTo(250_000, within(1.0));
  }

  @Test
  void fillsTheTablesOfADocumentAndLeavesTheRest() throws IOException {
    StringBuilder text = new StringBuilder("# Before\n");
    for (String name :
        List.of(
            "origin", "throughput", "costs", "model", "predictions", "needs", "ceiling", "slots")) {
      text.append("<!-- bench scaling: ").append(name).append(" -->\nold\n<!-- end -->\nbetween\n");
    }
    Path document = Files.writeString(directory.resolve("doc.md"), text + "after\n");

    assertThat(run(results().toString(), "--document", document.toString())).isZero();

    String written = Files.readString(document);
    assertThat(written)
        .startsWith(
            "# Before\n<!-- bench scaling: origin -->\n\n`./aegis bench cluster` at commit abc")
        .contains("| best-effort | crossing | gateways | 4 | 100 socket call of an agent |")
        .contains("<!-- end -->\nbetween\n")
        .endsWith("between\nafter\n")
        .doesNotContain("old", "NaN");
    assertThat(run(results().toString(), "--document", document.toString())).isZero();
    assertThat(Files.readString(document)).as("written again").isEqualTo(written);
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    Path document = Files.writeString(directory.resolve("doc.md"), "nothing\n");
    assertThat(run(results().toString(), "--document", document.toString())).isNotZero();
    assertThat(run(idle().toString())).isNotZero();
    assertThat(run(directory.resolve("gone.json").toString())).isNotZero();
    assertThat(said.toString())
        .contains("has no place for origin", "must be what bench cluster --json prints")
        .contains("there is no file");
  }
}
