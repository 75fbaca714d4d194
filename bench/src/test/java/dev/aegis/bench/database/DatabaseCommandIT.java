package dev.aegis.bench.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The command as people run it, with few messages.
class DatabaseCommandIT {
  @TempDir Path directory;

  @Test
  void everyQuestionIsAnsweredOnADatabaseThatAGatewayTakesForItsOwn() {
    String home = directory.resolve("filled").toString();
    JsonNode figures =
        run(
            "--messages",
            "5000",
            "--agents",
            "50",
            "--days",
            "20",
            "--questions",
            "2",
            "--data-dir",
            home);

    JsonNode asked = figures.path("questions");
    assertThat(asked.size()).isEqualTo(22);
    asked.forEachEntry((question, answer) -> {
      assertThat(answer.path("asked").asInt()).as(question).isEqualTo(2);
      assertThat(answer.path("p50Millis").asDouble()).as(question).isPositive();
      if (question.equals("list of nobody")) {
        assertThat(answer.path("rows").asDouble(-1)).as(question).isZero();
      } else if (!question.equals("list of a pair")) { // two that may not know each other
        assertThat(answer.path("rows").asDouble()).as(question).isPositive();
      }
    });
    assertThat(asked.path("list newest").path("rows").asInt()).isEqualTo(100);
    assertThat(asked.path("all by type").path("rows").asInt()).isEqualTo(6);
    assertThat(figures.path("commit").isMissingNode()).isFalse();

    JsonNode again = run("--questions", "1", "--data-dir", home);
    assertThat(again.path("messages").asInt()).isEqualTo(5_000);
    assertThat(again.has("writeSeconds")).isFalse();
    assertThat(again.path("questions").path("list newest").path("rows").asInt()).isEqualTo(100);
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
  }

  private static JsonNode run(String... options) {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    List<String> words = new ArrayList<>(List.of("database", "--json"));
    words.addAll(List.of(options));
    int exit = line.execute(words.toArray(String[]::new));
    assertThat(exit).as("%s%n%s", progress, out).isZero();
    return Json.parse(out.toString().strip().lines().toList().getLast());
  }
}
