package dev.aegis.bench.scaling;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "scaling",
    mixinStandardHelpOptions = true,
    description = {
      "Computes from what bench cluster --json has printed what a larger cluster needs.",
      "",
      "The processor time of a message in each part, gateways, Redis, PostgreSQL, is taken to be so"
          + " much for itself and so much for each call that it shares with others. Both are fitted"
          + " to what was measured at rates; with them the throughput of the saturated runs is"
          + " predicted and compared with what it was. Then: how many gateways, shards of Redis and"
          + " databases carry so many agents and messages, on machines of a given size. What it is"
          + " built on and where it ends is in docs/SCALING.md."
    })
public final class ScalingCommand implements Callable<Integer> {
  private static final double SOME = 0.1;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = {
        "What bench cluster --json printed and, for the memory of connections,",
        "what bench peers --workloads W4 --json printed."
      })
  List<Path> files = List.of();

  @Option(
      names = "--agents",
      defaultValue = "1000000",
      description = "Connected (default: ${DEFAULT-VALUE}).")
  double agents;

  @Option(
      names = "--messages",
      defaultValue = "1000000",
      description = "A second, of all agents (default: ${DEFAULT-VALUE}).")
  double messages;

  @Mixin Hardware hardware = new Hardware();

  @Option(
      names = "--document",
      paramLabel = "FILE",
      description =
          "Put the tables into this Markdown file, between the comments that are for them.")
  @Nullable Path document;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Measured measured = Measured.read(files);
    Capacity capacity = new Capacity(measured, hardware);
    List<Needs> needs = scenarios().stream().map(capacity::of).toList();
    List<Prediction> predictions = Prediction.all(measured);
    Map<String, Table> tables =
        new ScalingTables(measured, hardware, capacity, predictions, needs).all();
    Path target = document;
    if (target != null) {
      new Document(target).write(tables, measured.provenance());
      output.say("written: " + target);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (!output.isJson()) {
      out.println(measured.provenance());
    }
    List<Table> shown = new ArrayList<>();
    tables.forEach((name, table) -> {
      shown.add(new Table().row("").row(name));
      shown.add(table);
    });
    output.print(figures(capacity, predictions, needs), shown.toArray(Table[]::new));
    return 0;
  }

  private List<Scenario> scenarios() {
    String all = "%,.0f messages/s".formatted(messages);
    return List.of(
        new Scenario("%,.0f agents, nothing sent".formatted(agents), agents, 0, 0, false),
        new Scenario(all + ", best-effort, of few busy agents", agents, messages, 0, true),
        new Scenario(all + ", best-effort, of all agents alike", agents, messages, 0, false),
        new Scenario(all + ", a tenth at-least-once, of all", agents, messages, SOME, false),
        new Scenario(all + ", at-least-once, of few busy agents", agents, messages, 1, true),
        new Scenario(all + ", at-least-once, of all agents alike", agents, messages, 1, false));
  }

  private static Figures figures(
      Capacity capacity, List<Prediction> predictions, List<Needs> needs) {
    return new Figures()
        .put("kind", "scaling")
        .put("predictions", predictions.stream().map(ScalingCommand::values).toList())
        .put("needs", needs.stream().map(ScalingCommand::values).toList())
        .number("gatherSeconds", capacity.gatherSeconds())
        .number("durableCeilingByCpu", capacity.ceilingByCpu())
        .number("durableCeilingByLog", capacity.ceilingByLog());
  }

  private static Map<String, ?> values(Prediction each) {
    return new Figures()
        .put("kind", each.kind())
        .put("system", each.system())
        .number("predictedPerSecond", each.messagesPerSecond())
        .number("measuredPerSecond", each.measuredPerSecond())
        .number("error", each.error())
        .values();
  }

  private static Map<String, ?> values(Needs each) {
    return new Figures()
        .put("scenario", each.scenario().title())
        .put("nodes", each.nodes())
        .number("gatewayCores", each.gatewayCores())
        .put("shards", each.shards())
        .number("redisCores", each.redisCores())
        .number("redisRequestsPerSecond", each.redisRequestsPerSecond())
        .number("databaseCores", each.databaseCores())
        .number("walBytesPerSecond", each.walBytesPerSecond())
        .put("databases", each.databases())
        .values();
  }
}
