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

/// The crash test as people run it, in a bounded form: every kind of process is killed under load,
/// connections are cut, and no promise is broken.
class ChaosIT {
  @TempDir Path directory;

  @Test
  void noPromiseIsBrokenByKills() {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    int exit =
        line.execute(
            "chaos",
            "--seconds",
            "25",
            "--seed",
            "20260301",
            "--rate",
            "600",
            "--min-pause",
            "1000",
            "--max-pause",
            "3500",
            "--max-hold",
            "2500",
            "--json",
            "--data-dir",
            directory.resolve("chaos").toString());
    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    for (Victim victim : ChaosPlanTest.plan(1).victims().keySet()) {
      assertThat(figures.path("killsByKind").path(victim.label()).asLong())
          .as("kills of %s", victim)
          .isPositive();
    }
    assertThat(figures.path("connectionsCut").values().stream().mapToLong(JsonNode::asLong).sum())
        .isPositive();
    assertThat(figures.path("promised").asLong()).isGreaterThan(500);
    assertThat(figures.path("promisedByGuarantee").path("exactly-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("promisedByGuarantee").path("at-least-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("handled").asLong()).isEqualTo(figures.path("promised").asLong());
    assertThat(figures.path("lost").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesExactlyOnce").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesNotAllowed").asLong(-1)).isZero();
    assertThat(figures.path("corrupted").asLong(-1)).isZero();
    assertThat(figures.path("nodes").asInt()).isEqualTo(1);
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
  }
}
