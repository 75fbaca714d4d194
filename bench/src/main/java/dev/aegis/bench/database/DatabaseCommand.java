package dev.aegis.bench.database;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.bench.server.ServerJavaOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "database",
    mixinStandardHelpOptions = true,
    description = {
      "Fills a database with messages, and measures over REST how long lists and statistics take on"
          + " it.",
      "",
      "Messages are written as a gateway's own rows, sealed, counted and indexed as they would be."
          + " Each question is asked until its page is full or the list at its end, which may take"
          + " several calls."
    })
public final class DatabaseCommand implements Callable<Integer> {
  private static final double MILLIS = 1e6;

  @Option(
      names = "--messages",
      defaultValue = "1000000",
      description = "How many messages (default: ${DEFAULT-VALUE}).")
  long messages;

  @Option(
      names = "--agents",
      defaultValue = "1000",
      description = "How many agents they are between (default: ${DEFAULT-VALUE}).")
  int agents;

  @Option(
      names = "--days",
      defaultValue = "90",
      description = "How many days they are of, until now (default: ${DEFAULT-VALUE}).")
  int days;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Bytes of a payload, on average (default: ${DEFAULT-VALUE}).")
  int size;

  @Option(
      names = "--questions",
      defaultValue = "200",
      description = "How often each question is asked (default: ${DEFAULT-VALUE}).")
  int questions;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "An empty directory for the database, which is kept (default: a temporary one). Ten"
              + " million messages take about 10 GB.")
  @Nullable Path dataDir;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check(messages >= 1, "--messages must be 1 or more");
    check(agents >= 2, "--agents must be 2 or more");
    check(days >= 1 && days <= 900, "--days must be 1 to 900");
    check(size >= 1 && size <= 100_000, "--size must be 1 to 100000");
    check(questions >= 1, "--questions must be 1 or more");
    Path home = home();
    try {
      measure(home);
    } finally {
      if (dataDir == null) {
        Directories.delete(home);
      }
    }
    return 0;
  }

  private void check(boolean right, String wrong) {
    if (!right) {
      throw new ParameterException(spec.commandLine(), wrong);
    }
  }

  private Path home() throws IOException {
    Path directory = dataDir;
    if (directory == null) {
      return Directories.temporary("database");
    }
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(directory)) {
      check(files.findAny().isEmpty(), "--data-dir is " + directory + ", which is not empty");
    }
    return directory;
  }

  private void measure(Path home) throws IOException, InterruptedException {
    Instant to = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant from = to.minus(days, ChronoUnit.DAYS);
    Figures figures =
        new Figures()
            .put("kind", "database")
            .put("messages", messages)
            .put("agents", agents)
            .put("days", days)
            .put("payloadBytes", size)
            .put("questions", questions)
            .put("fileSystem", Directories.fileSystem(home));
    MessageMix mix = new MessageMix(messages, agents, from.toEpochMilli(), to.toEpochMilli(), size);
    Path data = home.resolve("data");
    Files.createDirectories(data);
    new DatabaseFill(mix, messages, agents, output, figures).run(data);
    output.say("starting a gateway on it …");
    Table table = new Table().row("question", "p50, ms", "p99, ms", "longest, ms", "calls", "rows");
    try (GatewayProcess gateway =
            GatewayProcess.start(
                data, home.resolve("gateway.log"), serverJava.words(), 0, DatabaseFill.KEEPING);
        DatabaseCalls calls =
            new DatabaseCalls(gateway.access(), agents, mix.conversations(), from, to)) {
      figures.number("gatewayStartMillis", gateway.readyNanos() / MILLIS);
      Map<String, Object> all = new LinkedHashMap<>();
      for (Map.Entry<String, Supplier<String>> question : calls.questions().entrySet()) {
        output.say(question.getKey() + " …");
        DatabaseCalls.Result result = calls.ask(question.getValue(), questions);
        Figures one =
            new Figures()
                .number("p50Millis", result.nanos().getValueAtPercentile(50) / MILLIS)
                .number("p99Millis", result.nanos().getValueAtPercentile(99) / MILLIS)
                .number("maxMillis", result.nanos().getMaxValue() / MILLIS)
                .put("calls", result.calls())
                .number("rows", (double) result.found() / questions);
        all.put(question.getKey(), one.values());
        table.row(
            question.getKey(),
            one.text("p50Millis"),
            one.text("p99Millis"),
            one.text("maxMillis"),
            one.text("calls"),
            one.text("rows"));
      }
      figures.put("asked", all);
    }
    Table filled =
        new Table()
            .row(
                "%s messages written in %s s (%s a second), indexed in %s s"
                    .formatted(
                        figures.text("messages"),
                        figures.text("writeSeconds"),
                        figures.text("writeMessagesPerSecond"),
                        figures.text("indexSeconds")));
    output.print(figures, filled, table);
  }
}
