package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.bench.server.Target;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The command as people run it, against a gateway in a process of its own.
class LoadIT {
  @TempDir static Path directory;

  private static @Nullable Target gateway;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    gateway =
        Target.start(
            directory,
            List.of(),
            Map.of("AEGIS_WEBHOOKS_ALLOW_HTTP", "true", "AEGIS_WEBHOOKS_ALLOW", "127.0.0.0/8"));
  }

  @AfterAll
  static void stop() throws IOException {
    if (gateway != null) {
      gateway.close();
    }
  }

  @Test
  void everyMessageOfAClosedLoopArrivesOnceAndInOrder() throws IOException {
    JsonNode figures = run("--senders", "2", "--receivers", "2", "--seconds", "2", "--warmup", "1");

    assertThat(figures.path("messagesPerSecond").asDouble()).isPositive();
    assertThat(figures.path("p50Micros").asLong()).isPositive();
    assertThat(figures.path("p99Micros").asLong())
        .isGreaterThanOrEqualTo(figures.path("p50Micros").asLong());
    assertThat(figures.path("serverCpuMicrosPerMessage").asDouble()).isPositive();
    assertThat(figures.path("serverRssBytes").asLong()).isGreaterThan(10L << 20);
    assertThat(figures.path("machine").path("cores").asInt()).isPositive();
    allArrived(figures);
    assertThat(Files.readString(directory.resolve("page.html")))
        .contains("latency by percentile", "throughput", "processor", "resident memory")
        .contains("gateway, 1 s: ", "clients, 2 s: ")
        .contains(figures.path("commit").asString())
        .doesNotContain("NaN");
  }

  @Test
  void durableMessagesOfAScheduleAlsoReachWhoWasAway() {
    JsonNode figures =
        run(
            "--guarantee",
            "exactly-once",
            "--senders",
            "2",
            "--receivers",
            "2",
            "--rate",
            "200",
            "--offline-share",
            "0.5",
            "--priority-mix",
            "critical:1,low:3",
            "--seconds",
            "4",
            "--warmup",
            "1");

    assertThat(figures.path("firstHalfPerSecond").asDouble()).isBetween(50.0, 150.0);
    assertThat(figures.path("secondHalfPerSecond").asDouble()).isBetween(50.0, 150.0);
    assertThat(figures.path("duplicates").asLong()).isZero();
    assertThat(figures.path("accepted").asLong()).isEqualTo(figures.path("sent").asLong());
    assertThat(figures.path("byPriority").path("critical").path("messages").asLong()).isPositive();
    allArrived(figures);
  }

  @Test
  void whatIsSentOverRestIsPostedToEndpoints() {
    JsonNode figures =
        run(
            "--rest",
            "--webhooks",
            "--guarantee",
            "at-least-once",
            "--senders",
            "2",
            "--receivers",
            "2",
            "--window",
            "4",
            "--seconds",
            "2",
            "--warmup",
            "1");

    assertThat(figures.path("sentOver").asString()).isEqualTo("rest");
    assertThat(figures.path("receivedOver").asString()).isEqualTo("webhook");
    assertThat(figures.path("arrived").asLong()).isEqualTo(figures.path("accepted").asLong());
    assertThat(figures.path("lost").asLong(-1)).isZero();
    assertThat(figures.path("sent").asLong()).isPositive();
  }

  private static void allArrived(JsonNode figures) {
    assertThat(figures.path("lost").asLong(-1)).isZero();
    assertThat(figures.path("unknown").asLong(-1)).isZero();
    assertThat(figures.path("reordered").asLong(-1)).isZero();
    assertThat(figures.path("sent").asLong()).isPositive();
    assertThat(figures.path("arrived").asLong()).isEqualTo(figures.path("sent").asLong());
  }

  /// The object on the last line of standard output.
  private JsonNode run(String... options) {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    Target target = Objects.requireNonNull(gateway);
    List<String> arguments = new ArrayList<>(List.of("load", "--json"));
    arguments.addAll(List.of("--url", target.access().url().toString()));
    arguments.addAll(List.of("--data-dir", directory.resolve("data").toString()));
    arguments.addAll(List.of("--pid", Long.toString(target.pid())));
    arguments.addAll(List.of("--html", directory.resolve("page.html").toString()));
    arguments.addAll(List.of(options));
    int exit = line.execute(arguments.toArray(new String[0]));
    assertThat(exit).as("%s%n%s", progress, out).isZero();
    return Json.parse(out.toString().strip().lines().toList().getLast());
  }
}
