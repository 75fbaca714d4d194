package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The crash test of a cluster as people run it, in a bounded form: its nodes are killed and stand
/// still, its Redis is killed, forgets everything and loses a master to its replica, connections
/// between all parties are cut, and no promise is broken.
class ClusterChaosIT {
  @TempDir Path directory;

  @Test
  void noPromiseIsBrokenByWhatHappensToACluster() {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    int exit =
        line.execute(
            "chaos",
            "--nodes",
            "2",
            "--seconds",
            "15",
            "--seed",
            "20260302",
            "--rate",
            "300",
            "--min-pause",
            "500",
            "--max-pause",
            "1500",
            "--max-hold",
            "2500",
            "--json",
            "--data-dir",
            directory.resolve("chaos").toString());
    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    for (Victim victim : Victim.values()) {
      assertThat(figures.path("killsByKind").path(victim.label()).asLong())
          .as("kills of %s", victim)
          .isPositive();
    }
    assertThat(figures.path("connectionsCut").values().stream().mapToLong(JsonNode::asLong).sum())
        .isPositive();
    assertThat(figures.path("promised").asLong()).isGreaterThan(300);
    assertThat(figures.path("promisedByGuarantee").path("exactly-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("promisedByGuarantee").path("at-least-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("handled").asLong()).isEqualTo(figures.path("promised").asLong());
    assertThat(figures.path("lost").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesExactlyOnce").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesNotAllowed").asLong(-1)).isZero();
    assertThat(figures.path("corrupted").asLong(-1)).isZero();
    assertThat(figures.path("nodes").asInt()).isEqualTo(2);
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
  }
}
