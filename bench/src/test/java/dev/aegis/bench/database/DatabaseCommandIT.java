package dev.aegis.bench.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The command as people run it, with few messages.
class DatabaseCommandIT {
  @Test
  void everyQuestionIsAnsweredOnADatabaseThatAGatewayTakesForItsOwn() {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));

    int exit =
        line.execute(
            "database",
            "--messages",
            "5000",
            "--agents",
            "50",
            "--days",
            "20",
            "--questions",
            "2",
            "--json");

    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    JsonNode asked = figures.path("asked");
    assertThat(asked.size()).isEqualTo(22);
    asked.forEachEntry((question, answer) -> {
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
    assertThat(ProcessHandle.current().descendants()).as("processes left behind").isEmpty();
  }
}
