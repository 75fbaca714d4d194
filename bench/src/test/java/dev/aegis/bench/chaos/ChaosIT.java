package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
    JsonNode figures =
        kept(
            "--seconds", "25",
            "--seed", "20260301",
            "--rate", "600",
            "--min-pause", "1000",
            "--max-pause", "3500",
            "--max-hold", "2500");

    assertKilled(figures, ChaosPlanTest.plan(1).victims().keySet());
    assertThat(figures.path("promised").asLong()).isGreaterThan(500);
    assertThat(figures.path("nodes").asInt()).isEqualTo(1);
  }

  /// Nodes are killed and stand still, Redis is killed, forgets everything and loses a master to
  /// its replica.
  @Test
  void noPromiseIsBrokenByWhatHappensToACluster() {
    JsonNode figures =
        kept(
            "--nodes", "2",
            "--seconds", "15",
            "--seed", "20260302",
            "--rate", "300",
            "--min-pause", "500",
            "--max-pause", "1500",
            "--max-hold", "2500");

    assertKilled(figures, List.of(Victim.values()));
    assertThat(figures.path("promised").asLong()).isGreaterThan(300);
    assertThat(figures.path("nodes").asInt()).isEqualTo(2);
  }

  private static void assertKilled(JsonNode figures, Collection<Victim> victims) {
    for (Victim victim : victims) {
      assertThat(figures.path("killsByKind").path(victim.label()).asLong())
          .as("kills of %s", victim)
          .isPositive();
    }
    assertThat(figures.path("connectionsCut").values().stream().mapToLong(JsonNode::asLong).sum())
        .isPositive();
  }

  /// Runs it and returns what it told, where every promise was kept.
  private JsonNode kept(String... options) {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    List<String> arguments = new ArrayList<>(List.of("chaos", "--json"));
    arguments.addAll(List.of("--data-dir", directory.resolve("chaos").toString()));
    arguments.addAll(List.of(options));

    int exit = line.execute(arguments.toArray(new String[0]));

    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    assertThat(figures.path("promisedByGuarantee").path("exactly-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("promisedByGuarantee").path("at-least-once").asLong())
        .isGreaterThan(100);
    assertThat(figures.path("handled").asLong()).isEqualTo(figures.path("promised").asLong());
    assertThat(figures.path("lost").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesExactlyOnce").asLong(-1)).isZero();
    assertThat(figures.path("duplicatesNotAllowed").asLong(-1)).isZero();
    assertThat(figures.path("corrupted").asLong(-1)).isZero();
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
    return figures;
  }
}
