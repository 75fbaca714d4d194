package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Statistics from the command line, against a whole gateway.
class StatsCommandIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void printsWhatBecameOfMessages() throws Exception {
    Path data = directory.resolve("gw");
    try (TestGateway gateway = new TestGateway(data)) {
      assertThat(run(data)).contains("no messages were counted");
      try (AegisClient sender = AegisClient.connect(gateway.enrol("cs-alice"));
          AegisClient _ =
              AegisClient.connect(gateway.enrol("cs-bob"), c -> c.on("task", _ -> {}))) {
        for (int i = 0; i < 3; i++) {
          sender
              .send(OutgoingMessage.text("cs-bob", "task", "x"))
              .processed()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
      }
      await()
          .atMost(PATIENCE)
          .until(() ->
              Json.parse(run(data, "--json")).path("statistics").path(0).path("processed").asInt()
                  == 3);
      assertThat(run(data, "--by", "agent").lines().toList())
          .anyMatch(line -> line.matches("AGENT +SENT +RECEIVED +FAILED .*P99 MS"))
          .anyMatch(line -> line.matches("cs-alice +3 +0 +0 .*"))
          .anyMatch(line -> line.matches("cs-bob +0 +3 +0 +0 +0 +0\\.00 % .*\\d\\.\\d"));
      assertThat(run(data, "--top", "pairs")).contains("cs-alice > cs-bob");
      assertThat(run(data, "--period", "day", "--type", "task", "--days", "3"))
          .containsPattern("T00:00:00Z  task +3 +3 ");
      assertThat(run(data, "--organization", "elsewhere")).contains("no messages were counted");
      assertThat(run(data, "--limit", "1", "--by", "agent")).contains("more: --cursor ");
    }
  }

  @Test
  void saysWhatDoesNotFitTogether() {
    assertThat(execute(new StringWriter(), directory, "--top", "pairs", "--by", "agent"))
        .isEqualTo(2);
    assertThat(execute(new StringWriter(), directory, "--days", "0")).isEqualTo(2);
  }

  private static String run(Path data, String... arguments) {
    StringWriter out = new StringWriter();
    assertThat(execute(out, data, arguments)).as(out.toString()).isZero();
    return out.toString();
  }

  private static int execute(StringWriter out, Path data, String... arguments) {
    List<String> all = new ArrayList<>(List.of("stats", "--data-dir", data.toString()));
    all.addAll(List.of(arguments));
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(out));
    return line.execute(all.toArray(String[]::new));
  }
}
