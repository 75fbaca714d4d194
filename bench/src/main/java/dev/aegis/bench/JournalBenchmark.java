package dev.aegis.bench;

import dev.aegis.bench.server.Directories;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.Database;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.PostgresJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Durable messages per second on the embedded PostgreSQL, with its durable settings: 20,000
/// messages of 256 bytes to eight mailboxes, from the first offer until the last is on disk. The
/// journal also writes its projections meanwhile, and pushes back when they lag.
///
/// Baselines on the same server: the same messages as rows, in batches of 500 over two connections,
/// by `INSERT … SELECT unnest(…)` and by COPY; with acknowledgement, an UPDATE per batch more.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class JournalBenchmark {
  private static final int MESSAGES = 20_000;
  private static final int RECIPIENTS = 8;
  private static final int PAYLOAD_BYTES = 256;

  private final byte[] envelope = Samples.envelope(PAYLOAD_BYTES);
  private @Nullable Path home;
  private @Nullable EmbeddedPostgres server;
  private @Nullable Database database;
  private @Nullable PostgresJournal journal;
  private @Nullable RowStore rows;
  private final JournalFeed feed = new JournalFeed(RECIPIENTS, envelope);

  @Setup
  public void open() throws IOException, SQLException {
    Path directory = Files.createTempDirectory("aegis-bench-journal");
    home = directory;
    EmbeddedPostgres postgres = EmbeddedPostgres.start(directory);
    server = postgres;
    DatabaseSettings settings = postgres.database("bench");
    Database opened = Database.open(settings);
    database = opened;
    journal =
        PostgresJournal.open(
            opened,
            StorageCipher.fromKeyset(StorageCipher.newKeyset()),
            JournalSettings.defaults(),
            feed);
    rows = RowStore.open(postgres.database("rows"), RECIPIENTS);
  }

  @TearDown
  public void close() throws IOException, SQLException {
    try (EmbeddedPostgres _ = server;
        Database _ = database;
        PostgresJournal _ = journal;
        RowStore _ = rows) {
      feed.latencies();
    } finally {
      Path directory = home;
      if (directory != null) {
        Directories.delete(directory);
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void store() {
    journal(false);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void storeAndAcknowledge() {
    journal(true);
  }

  private void journal(boolean acknowledge) {
    PostgresJournal open = journal;
    if (open == null) {
      throw new IllegalStateException("not set up");
    }
    feed.messages(open, MESSAGES, acknowledge);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void storeByUnnest() throws InterruptedException {
    rows().write(MESSAGES, envelope, RowStore.Way.UNNEST, false);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void storeByCopy() throws InterruptedException {
    rows().write(MESSAGES, envelope, RowStore.Way.COPY, false);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void storeAndAcknowledgeByCopyAndUpdate() throws InterruptedException {
    rows().write(MESSAGES, envelope, RowStore.Way.COPY, true);
  }

  private RowStore rows() {
    RowStore open = rows;
    if (open == null) {
      throw new IllegalStateException("not set up");
    }
    return open;
  }
}
