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
import java.time.Duration;
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
          + " several calls. A directory that was filled before is only asked."
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
      description = "How often each question is asked (default: ${DEFAULT-VALUE}) …")
  int questions;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "… unless that takes longer than this (default: ${DEFAULT-VALUE}).")
  int seconds;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "An empty directory for the database, which is kept, or one that this command has"
              + " filled before (default: a temporary one). Ten million messages take about 10 GB.")
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
    check(seconds >= 1, "--seconds must be 1 or more");
    Path home = home();
    try {
      FilledDatabase before = FilledDatabase.of(home);
      Figures figures = new Figures().put("kind", "database");
      FilledDatabase filled = before == null ? fill(home, figures) : before;
      ask(home, filled, figures);
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
      check(
          files.findAny().isEmpty() || FilledDatabase.of(directory) != null,
          "--data-dir is " + directory + ", which is neither empty nor filled by this command");
    }
    return directory;
  }

  private FilledDatabase fill(Path home, Figures figures) throws IOException {
    Instant to = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant from = to.minus(days, ChronoUnit.DAYS);
    MessageMix mix = new MessageMix(messages, agents, from.toEpochMilli(), to.toEpochMilli(), size);
    Path data = data(home);
    Files.createDirectories(data);
    new DatabaseFill(mix, messages, agents, output, figures).run(data);
    FilledDatabase filled =
        new FilledDatabase(messages, agents, size, from, to, mix.conversations());
    filled.save(home);
    return filled;
  }

  private static Path data(Path home) {
    return home.resolve("data");
  }

  private void ask(Path home, FilledDatabase filled, Figures figures)
      throws IOException, InterruptedException {
    figures
        .put("messages", filled.messages())
        .put("agents", filled.agents())
        .put("days", Duration.between(filled.from(), filled.to()).toDays())
        .put("payloadBytes", filled.size())
        .put("fileSystem", Directories.fileSystem(home));
    output.say("starting a gateway on it …");
    Table table =
        new Table()
            .row("question", "asked", "p50, ms", "p99, ms", "a call: p99, ms", "calls", "rows");
    try (GatewayProcess gateway =
            GatewayProcess.start(
                data(home),
                home.resolve("gateway.log"),
                serverJava.words(),
                0,
                DatabaseFill.KEEPING);
        DatabaseCalls calls = new DatabaseCalls(gateway.access(), filled)) {
      figures.number("gatewayStartMillis", gateway.readyNanos() / MILLIS);
      Map<String, Object> all = new LinkedHashMap<>();
      for (Map.Entry<String, Supplier<String>> question : calls.questions().entrySet()) {
        output.say(question.getKey() + " …");
        Figures one =
            figures(calls.ask(question.getValue(), questions, Duration.ofSeconds(seconds)));
        all.put(question.getKey(), one.values());
        table.row(
            question.getKey(),
            one.text("asked"),
            one.text("p50Millis"),
            one.text("p99Millis"),
            one.text("callP99Millis"),
            one.text("calls"),
            one.text("rows"));
      }
      figures.put("questions", all);
    }
    output.print(figures, written(figures), table);
  }

  private static Figures figures(DatabaseCalls.Result result) {
    return new Figures()
        .put("asked", result.whole().getTotalCount())
        .number("p50Millis", result.whole().getValueAtPercentile(50) / MILLIS)
        .number("p99Millis", result.whole().getValueAtPercentile(99) / MILLIS)
        .number("maxMillis", result.whole().getMaxValue() / MILLIS)
        .number("callP50Millis", result.call().getValueAtPercentile(50) / MILLIS)
        .number("callP99Millis", result.call().getValueAtPercentile(99) / MILLIS)
        .put("calls", result.calls())
        .number("rows", (double) result.found() / result.whole().getTotalCount());
  }

  private static Table written(Figures figures) {
    String messages = figures.text("messages") + " messages";
    return new Table()
        .row(
            figures.values().containsKey("writeSeconds")
                ? "%s written in %s s (%s a second), indexed in %s s"
                    .formatted(
                        messages,
                        figures.text("writeSeconds"),
                        figures.text("writeMessagesPerSecond"),
                        figures.text("indexSeconds"))
                : messages + ", written before");
  }
}
