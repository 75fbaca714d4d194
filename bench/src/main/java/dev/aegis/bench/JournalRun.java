package dev.aegis.bench;

import dev.aegis.bench.report.Figures;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.Database;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.JournalState;
import dev.aegis.store.PostgresJournal;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// The steps of `aegis bench journal`, each on a database of its own on the same server.
final class JournalRun {
  static final int RECIPIENTS = 8;
  private static final int WRITERS = 2;

  /// The first step begins with a JVM that has compiled nothing.
  private static final long WARMUP_SECONDS = 5;

  private static final int ROW_MESSAGES = 20_000;

  private final EmbeddedPostgres server;
  private final byte[] envelope;
  private final long seconds;
  private final PrintWriter progress;
  private final Figures figures;
  private final byte[] keyset = StorageCipher.newKeyset();

  JournalRun(
      EmbeddedPostgres server, int size, long seconds, PrintWriter progress, Figures figures) {
    this.server = server;
    this.envelope = Samples.envelope(size);
    this.seconds = seconds;
    this.progress = progress;
    this.figures = figures;
  }

  static DatabaseSettings with(String url, String user, String password) {
    return DatabaseSettings.of(url, user, password);
  }

  /// Segments only: nobody may write rows meanwhile, so that none are.
  void alone() throws SQLException {
    say("the journal alone");
    DatabaseSettings settings = server.database("alone");
    JournalFeed feed = new JournalFeed(RECIPIENTS, envelope);
    try (Database database = Database.open(settings)) {
      PostgresJournal journal = open(database, unboundedLag(), feed);
      try (Connection lock = lockRows(settings)) {
        feed.seconds(journal, Math.min(seconds, WARMUP_SECONDS), false, () -> {});
        feed.latencies();
        long segments = journal.state().committedSegment();
        long stored = feed.stored();
        long began = System.nanoTime();
        feed.seconds(journal, Math.min(seconds, 8), false, () -> {});
        double took = (System.nanoTime() - began) / 1e9;
        long commits = journal.state().committedSegment() - segments;
        double messages = feed.stored() - stored;
        figures
            .number("journalMessagesPerSecond", messages / took)
            .number("journalCommitsPerSecond", commits / took)
            .number("journalMessagesPerCommit", messages / Math.max(1, commits));
        latencies("journalCommit", feed.latencies());
        lock.rollback();
      }
      journal.close();
    }
  }

  /// The same bytes in the same portions by nothing but JDBC: what the server can do at most.
  void raw() throws SQLException, InterruptedException {
    say("segments of the same size by plain JDBC");
    int bytes = (int) (number("journalMessagesPerCommit") * (envelope.length + 90));
    DatabaseSettings settings = server.database("raw");
    try (Connection setup = connect(settings);
        Statement statement = setup.createStatement()) {
      statement.execute("CREATE TABLE raw (segment bigint PRIMARY KEY, body bytea NOT NULL)");
      statement.execute("ALTER TABLE raw ALTER COLUMN body SET STORAGE EXTERNAL");
    }
    AtomicLong next = new AtomicLong();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.min(seconds, 8));
    long began = System.nanoTime();
    inParallel(() -> {
      byte[] body = new byte[bytes];
      java.util.concurrent.ThreadLocalRandom.current().nextBytes(body);
      try (Connection connection = connect(settings);
          PreparedStatement insert = connection.prepareStatement("INSERT INTO raw VALUES (?, ?)")) {
        while (System.nanoTime() < end) {
          insert.setLong(1, next.incrementAndGet());
          insert.setBytes(2, body);
          insert.executeUpdate();
        }
      }
    });
    double took = (System.nanoTime() - began) / 1e9;
    figures
        .number("rawCommitsPerSecond", next.get() / took)
        .number("rawMessagesPerSecond", next.get() * number("journalMessagesPerCommit") / took);
  }

  /// A row per message by COPY, and an UPDATE for its acknowledgement.
  void rows() throws SQLException, InterruptedException {
    say("a row per message by COPY, and acknowledged by UPDATE");
    try (RowStore rows = RowStore.open(server.database("rows"), RECIPIENTS)) {
      long began = System.nanoTime();
      long count = 0;
      while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(Math.min(seconds, 8))) {
        rows.write(ROW_MESSAGES, envelope, RowStore.Way.COPY, true);
        count += ROW_MESSAGES;
      }
      figures.number("rowMessagesPerSecond", count / ((System.nanoTime() - began) / 1e9));
    }
  }

  /// Journal, rows and acknowledgements together, for the whole time.
  void steady() {
    say("journal, rows and acknowledgements for " + seconds + " s");
    JournalFeed feed = new JournalFeed(RECIPIENTS, envelope);
    try (Database database = Database.open(server.database("steady"))) {
      PostgresJournal journal = open(database, JournalSettings.defaults(), feed);
      long[] lag = new long[2];
      long[] told = {System.nanoTime()};
      long began = System.nanoTime();
      feed.seconds(
          journal,
          seconds,
          true,
          () -> {
            JournalState state = journal.state();
            lag[0] = state.committedSegment() - state.projectedSegment();
            lag[1] = Math.max(lag[1], lag[0]);
            if (System.nanoTime() - told[0] > 5_000_000_000L) {
              told[0] = System.nanoTime();
              progress.printf(
                  "  %,d stored, %,d finished, %d segments behind%n",
                  feed.stored(), feed.finished(), lag[0]);
              progress.flush();
            }
          });
      double took = (System.nanoTime() - began) / 1e9;
      JournalState state = journal.state();
      figures
          .number("steadyMessagesPerSecond", feed.finished() / took)
          .number("steadyCommitsPerSecond", state.committedSegment() / took)
          .number("steadyMostSegmentsBehind", (double) lag[1])
          .number("steadySegmentsBehindAtTheEnd", (double) lag[0])
          .number("steadyIdLookups", (double) state.lookups());
      latencies("steadyCommit", feed.latencies());
      journal.close();
    }
  }

  /// Fills a journal in another process, kills that, and takes the time until the next one is open:
  /// once with segments that have no rows yet, once more with rows that wait.
  void recovery(long messages, Filler filler)
      throws SQLException, IOException, InterruptedException {
    say("recovery with " + messages + " messages");
    DatabaseSettings settings = server.database("recovery");
    Database.open(settings).close(); // makes the tables
    try (Connection lock = lockRows(settings)) {
      filler.fill(settings, Base64.getEncoder().encodeToString(keyset));
      lock.rollback();
    }
    figures.number("recoveryMessages", (double) messages);
    figures.number("recoveryFromSegmentsMillis", reopen(settings, messages));
    figures.number("recoveryFromRowsMillis", reopen(settings, messages));
  }

  /// Runs another process that stores messages, and kills it when it has.
  interface Filler {
    void fill(DatabaseSettings settings, String keyset) throws IOException, InterruptedException;
  }

  private double reopen(DatabaseSettings settings, long messages) {
    JournalFeed feed = new JournalFeed(RECIPIENTS, envelope);
    long began = System.nanoTime();
    try (Database database = Database.open(settings)) {
      PostgresJournal journal = open(database, JournalSettings.defaults(), feed);
      double millis = (System.nanoTime() - began) / 1e6;
      long waiting = 0;
      for (int i = 0; i < RECIPIENTS; i++) {
        waiting += journal.mailboxes().depth("agent-" + i).messages();
      }
      journal.close();
      if (waiting < messages) {
        throw new IllegalStateException(waiting + " of " + messages + " messages came back");
      }
      return millis;
    }
  }

  static JournalSettings unboundedLag() {
    JournalSettings defaults = JournalSettings.defaults();
    return new JournalSettings(
        defaults.queueEntries(),
        defaults.queueBytes(),
        defaults.segmentEntries(),
        defaults.segmentBytes(),
        Integer.MAX_VALUE,
        Long.MAX_VALUE / 2,
        defaults.dedupeWindow(),
        defaults.dedupeEntries(),
        defaults.commitRetry(),
        defaults.probeEvery(),
        defaults.clock());
  }

  private PostgresJournal open(Database database, JournalSettings settings, JournalFeed feed) {
    return PostgresJournal.open(database, StorageCipher.fromKeyset(keyset), settings, feed);
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), settings.password());
  }

  private static Connection lockRows(DatabaseSettings settings) throws SQLException {
    Connection connection = connect(settings);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE message_queue IN EXCLUSIVE MODE");
    }
    return connection;
  }

  private interface Work {
    void run() throws SQLException;
  }

  private static void inParallel(Work work) throws InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        running.add(
            threads.submit(() -> {
              work.run();
              return true;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the baseline cannot write", e.getCause());
    }
  }

  private void latencies(String name, Histogram nanos) {
    figures
        .number(name + "P50Micros", nanos.getValueAtPercentile(50) / 1e3)
        .number(name + "P99Micros", nanos.getValueAtPercentile(99) / 1e3);
  }

  private double number(String name) {
    return figures.values().get(name) instanceof Number known ? known.doubleValue() : 1;
  }

  private void say(String what) {
    progress.println(what + " …");
    progress.flush();
  }
}
