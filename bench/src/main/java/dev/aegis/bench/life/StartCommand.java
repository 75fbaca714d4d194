package dev.aegis.bench.life;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.bench.server.ProcFs;
import dev.aegis.bench.server.ServerJavaOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the time from the start of the process until /readyz says yes.",
      "",
      "A first start is in an empty data directory: it unpacks PostgreSQL and makes a database, keys"
          + " and a certificate. A later start finds all that."
    })
public final class StartCommand implements Callable<Integer> {
  @Option(
      names = "--runs",
      defaultValue = "3",
      description = "First starts, and as many later ones (default: ${DEFAULT-VALUE}).")
  int runs;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// One start: until ready, and what it took of the processors by then.
  private record Start(double millis, double cpuMillis, long rssBytes) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (runs < 1 || runs > 1_000) {
      throw new ParameterException(
          spec.commandLine(), "--runs is " + runs + ", allowed are 1 to 1000");
    }
    List<Start> first = new ArrayList<>();
    List<Start> later = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      Path home = Directories.temporary("start");
      try {
        first.add(start("first", home));
        later.add(start("later", home));
      } finally {
        Directories.delete(home);
      }
    }
    Figures figures =
        new Figures()
            .put("kind", "start")
            .number("firstStartMillis", median(first.stream().map(Start::millis).toList()))
            .number("laterStartMillis", median(later.stream().map(Start::millis).toList()))
            .put(
                "firstStartsMillis", first.stream().map(start -> Math.round(start.millis)).toList())
            .put(
                "laterStartsMillis", later.stream().map(start -> Math.round(start.millis)).toList())
            .number("firstStartCpuMillis", median(first.stream().map(Start::cpuMillis).toList()))
            .number("laterStartCpuMillis", median(later.stream().map(Start::cpuMillis).toList()))
            .number(
                "readyRssBytes",
                median(later.stream().map(start -> (double) start.rssBytes).toList()));
    output.print(
        figures,
        new Table()
            .row("start", "until ready, ms (median)", "each", "CPU, ms (median)")
            .row(
                "first",
                figures.text("firstStartMillis"),
                figures.text("firstStartsMillis"),
                figures.text("firstStartCpuMillis"))
            .row(
                "later",
                figures.text("laterStartMillis"),
                figures.text("laterStartsMillis"),
                figures.text("laterStartCpuMillis")));
    return 0;
  }

  private Start start(String which, Path home) throws IOException, InterruptedException {
    try (GatewayProcess gateway =
        GatewayProcess.start(
            home.resolve("data"), home.resolve("gateway.log"), serverJava.words())) {
      long pid = gateway.pid();
      Start start =
          new Start(
              gateway.readyNanos() / 1e6,
              (ProcFs.cpuMicros(pid) + ProcFs.descendantsCpuMicros(pid)) / 1e3,
              ProcFs.rssBytes(pid));
      output.say("%s start: %.0f ms".formatted(which, start.millis));
      return start;
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
