package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// What a message may cost the gateway under a fixed schedule, counted in things and not in time.
///
/// Four messages fall due together, each millisecond. A slow machine shares more among them; the
/// fastest has done with four before the next four come, and pays once for each hop of them. That
/// is the bound on records, socket calls and transactions: what goes beyond it is not shared among
/// messages that come together. Bytes are bounded at about twice what is usual.
class BudgetIT {
  /// Message, receipts of "stored" and "processed", delivery, ack and its confirmation.
  private static final double DURABLE_HOPS = 6;

  /// Message, delivery, and what is told of them after a while: credit and signatures' windows.
  private static final double BEST_EFFORT_HOPS = 4;

  private static final double TOGETHER = 4;

  @Test
  void aBestEffortMessageCostsFewRecordsCallsAndBytes() {
    JsonNode work = measured("best-effort", 32);

    assertThat(work.path("records").asDouble())
        .as("records")
        .isBetween(0.01, BEST_EFFORT_HOPS / TOGETHER);
    assertThat(work.path("socketCalls").asDouble())
        .as("socket calls")
        .isBetween(0.01, BEST_EFFORT_HOPS / TOGETHER);
    assertThat(work.path("allocatedBytes").asDouble()).as("allocated").isBetween(1.0, 8_000.0);
    assertThat(work.path("transactions").asDouble()).as("transactions").isZero();
  }

  @Test
  void aDurableMessageSharesItsTransactionsWithOthers() {
    JsonNode work = measured("at-least-once", 256);

    assertThat(work.path("records").asDouble())
        .as("records")
        .isBetween(0.01, DURABLE_HOPS / TOGETHER);
    assertThat(work.path("socketCalls").asDouble())
        .as("socket calls")
        .isBetween(0.01, DURABLE_HOPS / TOGETHER);
    assertThat(work.path("allocatedBytes").asDouble()).as("allocated").isBetween(1.0, 20_000.0);
    // the messages of a millisecond in one, and their acks in another
    assertThat(work.path("transactions").asDouble() * 1_000)
        .as("transactions of a thousand messages")
        .isBetween(1.0, 2_000 / TOGETHER);
  }

  /// One sender and one receiver, four messages a millisecond.
  ///
  /// @param window with more of them best-effort on their way, the warm-up of one sender comes to
  ///   the rate limit of an agent; with fewer of them durable, they are too few for the schedule
  private static JsonNode measured(String guarantee, int window) {
    StringWriter out = new StringWriter();
    StringWriter progress = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(progress));
    List<String> arguments = new ArrayList<>(List.of("load", "--json", "--guarantee", guarantee));
    arguments.addAll(
        List.of(
            "--senders",
            "1",
            "--receivers",
            "1",
            "--rate",
            "4000",
            "--window",
            Integer.toString(window),
            "--warmup",
            "5",
            "--seconds",
            "5"));
    int exit = line.execute(arguments.toArray(new String[0]));
    assertThat(exit).as("%s%n%s", progress, out).isZero();
    JsonNode figures = Json.parse(out.toString().strip().lines().toList().getLast());
    return figures.path("workPerMessage");
  }
}
