package dev.aegis.bench;

import dev.aegis.bench.server.Directories;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.Accept;
import dev.aegis.store.Database;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.JournalListener;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.PostgresJournal;
import dev.aegis.store.Progress;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
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
  private static final long PAUSE_NANOS = 100_000;

  private final SplittableRandom random = new SplittableRandom(42);
  private final byte[] envelope = Samples.envelope(PAYLOAD_BYTES);
  private @Nullable Path home;
  private @Nullable EmbeddedPostgres server;
  private @Nullable Database database;
  private @Nullable PostgresJournal journal;
  private @Nullable RowStore rows;
  private final Reports reports = new Reports();

  /// Counts what the journal has stored and finished, and remembers what is to be acknowledged.
  private static final class Reports implements JournalListener {
    private final AtomicInteger stored = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final Queue<Progress> acks = new ConcurrentLinkedQueue<>();

    @Override
    public void committed(List<JournalEntry> entries) {
      Map<String, Accept> first = new LinkedHashMap<>();
      Map<String, Accept> last = new LinkedHashMap<>();
      int accepts = 0;
      for (JournalEntry entry : entries) {
        switch (entry) {
          case Accept accept -> {
            accepts++;
            first.putIfAbsent(accept.recipient(), accept);
            last.put(accept.recipient(), accept);
          }
          case Progress progress -> {
            long[] range = progress.ranges();
            finished.addAndGet((int) (range[1] - range[0] + 1));
          }
          case SignedWindow _ -> {}
        }
      }
      first.forEach((recipient, accept) -> acks.add(acknowledged(accept, last.get(recipient))));
      stored.addAndGet(accepts);
    }

    /// What an agent says of the messages that came to it in one segment.
    private static Progress acknowledged(Accept first, @Nullable Accept last) {
      long end = last == null ? first.sequence() : last.sequence();
      return new Progress(
          first.recipient(),
          first.mailboxEpoch(),
          new long[] {first.sequence(), end},
          MessageStatus.PROCESSED,
          null,
          first.acceptedAtMillis(),
          0,
          null);
    }

    @Override
    public void refused(List<JournalEntry> entries, StoreException why) {
      throw new IllegalStateException("the journal refused " + entries.size(), why);
    }
  }

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
            reports);
    rows = RowStore.open(postgres.database("rows"), RECIPIENTS);
  }

  @TearDown
  public void close() throws IOException, SQLException {
    try (EmbeddedPostgres _ = server;
        Database _ = database;
        PostgresJournal _ = journal;
        RowStore _ = rows) {
      reports.acks.clear();
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
    reports.stored.set(0);
    reports.finished.set(0);
    reports.acks.clear();
    long now = System.currentTimeMillis();
    for (int i = 0; i < MESSAGES; i++) {
      offer(
          open,
          Accept.of(
                  new UUID(random.nextLong(), random.nextLong()),
                  "sender",
                  "agent-" + i % RECIPIENTS,
                  envelope)
              .routing(1, 2, 1)
              .type("task")
              .times(now, 0)
              .build());
      if (acknowledge) {
        acknowledge(open);
      }
    }
    AtomicInteger awaited = acknowledge ? reports.finished : reports.stored;
    while (awaited.get() < MESSAGES) {
      if (acknowledge) {
        acknowledge(open);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void acknowledge(PostgresJournal open) {
    for (Progress ack = reports.acks.poll(); ack != null; ack = reports.acks.poll()) {
      offer(open, ack);
    }
  }

  private static void offer(PostgresJournal open, JournalEntry entry) {
    while (true) {
      Offer offer = open.offer(entry);
      switch (offer) {
        case ACCEPTED -> {
          return;
        }
        case FULL -> LockSupport.parkNanos(PAUSE_NANOS);
        case UNAVAILABLE, CLOSED -> throw new IllegalStateException("the journal is " + offer);
      }
    }
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
