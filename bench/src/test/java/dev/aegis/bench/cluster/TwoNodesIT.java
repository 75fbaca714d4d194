package dev.aegis.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The command as people run it, in a bounded form.
class TwoNodesIT {
  private static final String[] SHORT = {
    "--rounds", "1", "--pairs", "2", "--subscribers", "6", "--seconds", "0.5", "--warmup", "0"
  };

  @Test
  void everyMessageBetweenTwoNodesArrivesOnceAndIsAccountedFor() {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    String[] arguments = new String[SHORT.length + 6];
    System.arraycopy(
        new String[] {"cluster", "--json", "--rates", "0", "--durable-rates", "200"},
        0,
        arguments,
        0,
        6);
    System.arraycopy(SHORT, 0, arguments, 6, SHORT.length);

    int exit = line.execute(arguments);

    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    Set<String> measured = new HashSet<>();
    for (JsonNode trial : figures.path("trials")) {
      String system = trial.path("system").asString("");
      String load = trial.path("workload").asString("") + " " + trial.path("exercise").asString("");
      measured.add(system + ", " + load);
      allArrived(load, trial.path("figures"));
      if (system.equals(ClusterCommand.CLUSTER)) {
        crossed(load, trial.path("figures"));
      }
    }
    assertThat(measured)
        .containsExactlyInAnyOrder(
            "two-nodes, best-effort saturated",
            "alone, best-effort saturated",
            "two-nodes, at-least-once 200/s",
            "alone, at-least-once 200/s",
            "two-nodes, at-least-once saturated",
            "alone, at-least-once saturated",
            "two-nodes, topic 1 to 6",
            "alone, topic 1 to 6",
            "two-nodes, rest 16 requests at once",
            "alone, rest 16 requests at once");
    assertThat(out.toString()).contains("two nodes", "Redis CPU each, µs");
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
  }

  private static void allArrived(String load, JsonNode figures) {
    assertThat(figures.path("sent").asLong()).as(load).isPositive();
    assertThat(figures.path("lost").asLong(-1)).as(load).isZero();
    assertThat(figures.path("duplicates").asLong(-1)).as(load).isZero();
    assertThat(figures.path("unknown").asLong(-1)).as(load).isZero();
    assertThat(figures.path("arrived").asLong() + figures.path("refused").asLong())
        .as(load)
        .isEqualTo(figures.path("sent").asLong());
    assertThat(figures.path("gatewayCpuMicrosPerMessage").asDouble()).as(load).isPositive();
  }

  /// What Redis counts says that messages went through it, and not each alone.
  private static void crossed(String load, JsonNode figures) {
    JsonNode work = figures.path("workPerMessage");
    assertThat(work.path("redisEntries").asDouble()).as(load).isBetween(0.000_01, 4.0);
    assertThat(work.path("redisRequests").asDouble())
        .as(load)
        .isGreaterThanOrEqualTo(work.path("redisEntries").asDouble());
    double bytes = work.path("redisBytesIn").asDouble();
    assertThat(bytes).as(load).isGreaterThan(load.startsWith("topic") ? 10 : 256);
    assertThat(figures.path("gatewayCpuMicrosPerMessageByNode").propertyNames())
        .as(load)
        .contains("node-1", "node-2");
  }
}
