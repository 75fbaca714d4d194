package dev.aegis.bench;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.Database;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.PostgresJournal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "journal",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the durable path alone, on an embedded PostgreSQL with its durable settings.",
      "",
      "The journal alone; the same bytes by plain JDBC, which is the limit of the server; a row per"
          + " message; journal, rows and acknowledgements together; recovery after a kill."
    },
    subcommands = JournalCommand.Fill.class)
final class JournalCommand implements Callable<Integer> {
  private static final String FILLED = "filled";

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "How long the steady state is measured (default: ${DEFAULT-VALUE}).")
  long seconds;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Bytes of a payload (default: ${DEFAULT-VALUE}).")
  int size;

  @Option(
      names = "--recovery-messages",
      defaultValue = "1000000",
      description = "Messages to recover, 0 to leave that out (default: ${DEFAULT-VALUE}).")
  long recoveryMessages;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException {
    Path home = Directories.temporary("journal");
    Figures figures = new Figures().put("kind", "journal").number("payloadBytes", size);
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home)) {
      PrintWriter progress = spec.commandLine().getErr();
      JournalRun run = new JournalRun(server, size, seconds, progress, figures);
      run.alone();
      run.raw();
      run.rows();
      run.steady();
      if (recoveryMessages > 0) {
        run.recovery(recoveryMessages, this::fillAndKill);
      }
    } finally {
      Directories.delete(home);
    }
    print(figures);
    return 0;
  }

  private void print(Figures figures) {
    Table table =
        new Table()
            .row("what", "messages/s", "commits/s", "commit p50, µs", "commit p99, µs")
            .row(
                "journal alone",
                figures.text("journalMessagesPerSecond"),
                figures.text("journalCommitsPerSecond"),
                figures.text("journalCommitP50Micros"),
                figures.text("journalCommitP99Micros"))
            .row(
                "same bytes by plain JDBC",
                figures.text("rawMessagesPerSecond"),
                figures.text("rawCommitsPerSecond"),
                "",
                "")
            .row("a row per message", figures.text("rowMessagesPerSecond"), "", "", "")
            .row(
                "journal, rows and acks",
                figures.text("steadyMessagesPerSecond"),
                figures.text("steadyCommitsPerSecond"),
                figures.text("steadyCommitP50Micros"),
                figures.text("steadyCommitP99Micros"));
    Table recovery = new Table();
    if (recoveryMessages > 0) {
      recovery.row(
          "recovery of %s messages: %s ms from segments, %s ms from rows"
              .formatted(
                  figures.text("recoveryMessages"),
                  figures.text("recoveryFromSegmentsMillis"),
                  figures.text("recoveryFromRowsMillis")));
    }
    output.print(figures, table, recovery);
  }

  private void fillAndKill(DatabaseSettings settings, String keyset)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "journal",
                "fill",
                Long.toString(recoveryMessages),
                Integer.toString(size)));
    builder.environment().put(Fill.URL, settings.url());
    builder.environment().put(Fill.USER, settings.user());
    builder.environment().put(Fill.PASSWORD, settings.password());
    builder.environment().put(Fill.KEYSET, keyset);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      if (!FILLED.equals(lines.readLine())) {
        throw new IOException("the process that fills the journal ended early");
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  /// Stores messages, says so, and waits to be killed.
  @Command(name = "fill", hidden = true)
  static final class Fill implements Callable<Integer> {
    static final String URL = "AEGIS_BENCH_URL";
    static final String USER = "AEGIS_BENCH_USER";
    static final String PASSWORD = "AEGIS_BENCH_PASSWORD";
    static final String KEYSET = "AEGIS_BENCH_KEYSET";

    @picocli.CommandLine.Parameters(index = "0")
    long messages;

    @picocli.CommandLine.Parameters(index = "1")
    int size;

    @Override
    public Integer call() {
      DatabaseSettings settings =
          JournalRun.with(System.getenv(URL), System.getenv(USER), System.getenv(PASSWORD));
      JournalFeed feed = new JournalFeed(JournalRun.RECIPIENTS, Samples.envelope(size));
      PostgresJournal journal =
          PostgresJournal.open(
              Database.open(settings),
              StorageCipher.fromKeyset(Base64.getDecoder().decode(System.getenv(KEYSET))),
              JournalRun.unboundedLag(),
              feed);
      feed.messages(journal, messages, false);
      System.out.println(FILLED);
      System.out.flush();
      while (true) {
        LockSupport.park(this);
      }
    }
  }
}
