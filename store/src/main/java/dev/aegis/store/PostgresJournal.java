package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The journal in PostgreSQL: two writers pass a baton; who holds it forms the next segment while
/// the other one commits. Results are reported strictly in segment order.
///
/// When a commit cannot be had, that segment and all behind it are refused, their numbers are made
/// void and their positions given back, so that nothing of them remains; offers answer UNAVAILABLE
/// until the database has confirmed this. Only a gateway that ends before can leave a refused entry
/// on disk.
public final class PostgresJournal implements Journal {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresJournal.class);
  private static final int WRITERS = 2;
  private static final long FREE_EVERY_BYTES = 64L << 20;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Database database;
  private final StorageCipher cipher;
  private final JournalSettings settings;
  private final MailboxTable mailboxes;
  private final EntryQueues queues;
  private final CommitPace pace = new CommitPace(System.nanoTime());
  private final Projector projector;
  private final SegmentRelease release;
  private final CommitRetry retry;
  private final List<Thread> threads = new ArrayList<>();
  private final List<JournalTable> tables = new ArrayList<>();

  /// The baton: its holder alone forms segments.
  private final ReentrantLock baton = new ReentrantLock();

  private final SegmentFormer former;
  private final Repeats repeats;
  private final Settlements settlements;

  private volatile boolean closing;
  private volatile boolean ended;
  private volatile boolean abandoned;
  private volatile @Nullable Thread idle;
  private volatile @Nullable Thread pausing;

  private PostgresJournal(
      Database database, StorageCipher cipher, JournalSettings settings, JournalListener listener) {
    this.database = database;
    this.cipher = cipher;
    this.settings = settings;
    this.mailboxes = new MailboxTable(database.isShared());
    this.queues = new EntryQueues(settings.queueEntries(), settings.queueBytes());
    new JournalRecovery(database, cipher, settings).takeAll(mailboxes);
    long base = database.journal().base();
    this.projector =
        new Projector(
            new Projection(
                database,
                cipher,
                database.journal(),
                base,
                MessageTrail.of(database.journal(), settings)),
            new JournalSpace(database, FREE_EVERY_BYTES),
            base,
            settings.probeEvery());
    this.release = new SegmentRelease(listener, new CommitApplier(mailboxes), projector, base);
    this.retry = new CommitRetry(settings.commitRetry(), () -> release.broken() || abandoned);
    IdSlices slices = new IdSlices(settings.clock().millis());
    DedupeIndex dedupe =
        new DedupeIndex(
            settings.dedupeWindow().toMillis(),
            settings.dedupeEntries(),
            ThreadLocalRandom.current().nextLong(),
            projector::projected,
            slices);
    this.settlements = new Settlements(projector::projected);
    this.former = new SegmentFormer(mailboxes, dedupe, settlements, settings.clock(), base + 1);
    this.repeats = new Repeats(settings, former, slices, retry);
  }

  /// Recovers and starts the writers and the projector.
  ///
  /// @throws StoreException.Rejected the journal on disk does not open with this cipher
  /// @throws StoreException.Unavailable the database does not answer
  public static PostgresJournal open(
      Database database, StorageCipher cipher, JournalSettings settings, JournalListener listener) {
    PostgresJournal journal = new PostgresJournal(database, cipher, settings, listener);
    int timeout = Math.toIntExact(Math.max(1_000, settings.commitRetry().toMillis() * 2));
    journal.projector.start();
    for (int i = 0; i < WRITERS; i++) {
      JournalTable table = new JournalTable(database, "aegis-journal-" + i, timeout);
      journal.tables.add(table);
      journal.threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("aegis-journal-" + i)
              .unstarted(() -> journal.write(table)));
    }
    journal.threads.forEach(Thread::start);
    return journal;
  }

  @Override
  public Offer offer(JournalEntry entry) {
    if (closing) {
      return Offer.CLOSED;
    }
    if (release.broken()) {
      return Offer.UNAVAILABLE;
    }
    if (rowsAreBehind(entry) || !queues.offer(entry)) {
      return Offer.FULL;
    }
    wake();
    if (ended) {
      // The last writer may have looked before this entry came: it is refused here then.
      refuseQueued(new StoreException.Unavailable("the journal is closed", null));
    }
    return Offer.ACCEPTED;
  }

  /// What ends waiting passes beyond the bound, up to its double: it is small, recipients owe only
  /// so much of it, and without it nothing would be delivered until rows are written.
  private boolean rowsAreBehind(JournalEntry entry) {
    int share = entry instanceof Progress ? 2 : 1;
    return (release.committedSegment() - projector.projected()) / share > settings.maxLagSegments()
        || projector.waitingBytes() / share > settings.handOverBytes();
  }

  private void wake() {
    Thread waiting = idle;
    if (waiting != null) {
      idle = null;
      LockSupport.unpark(waiting);
    }
    Thread waitingForMore = pausing;
    if (waitingForMore != null && queues.bytes() >= CommitPace.FULL_BYTES) {
      pausing = null;
      LockSupport.unpark(waitingForMore);
    }
  }

  /// How many mailboxes are in memory here.
  int mailboxCount() {
    return mailboxes.size();
  }

  @Override
  public Mailboxes mailboxes() {
    return mailboxes;
  }

  @Override
  public JournalState state() {
    return new JournalState(
        !release.broken() && !closing,
        queues.size(),
        queues.bytes(),
        release.committedSegment(),
        projector.projected(),
        projector.transactions(),
        release.committedEntries(),
        release.refusedEntries(),
        repeats.lookups());
  }

  /// What a reader has to lay over the rows to see all that is committed by now.
  Unwritten unwritten() {
    return projector.unwritten();
  }

  /// Waits until all that is committed by now can be queried.
  void awaitProjected() {
    projector.await(release.committedSegment());
  }

  private void write(JournalTable table) {
    SegmentSealer sealer = new SegmentSealer(cipher);
    try (table) {
      for (Segment segment = next(table); segment != null; segment = next(table)) {
        segment.failure = attempt(table, sealer, segment);
        if (abandoned) {
          return;
        }
        release.finished(segment);
        if (segment.commitNanos > 0) {
          pace.committed(segment.commitNanos);
        }
        if (release.broken()) {
          wake();
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.error("a journal writer failed; the journal takes nothing more", e);
      closing = true;
      release.breakOff();
      throw e;
    }
  }

  private @Nullable StoreException attempt(
      JournalTable table, SegmentSealer sealer, Segment segment) {
    try {
      return segment.number == Segment.UNNUMBERED
          ? segment.failure
          : commit(table, sealer, segment);
    } catch (RuntimeException e) {
      LOG.error("journal segment {} cannot be written", segment.number, e);
      return new StoreException.Rejected("a journal segment cannot be written", e);
    }
  }

  /// The next segment, or null at the end.
  private @Nullable Segment next(JournalTable table) {
    baton.lock();
    try {
      while (!abandoned) {
        if (release.broken()) {
          if (!heal()) {
            return null;
          }
        } else if (!queues.isEmpty()) {
          if (awaitPace()) {
            return form(table);
          }
        } else if (closing) {
          return null;
        } else {
          idle = Thread.currentThread();
          if (queues.isEmpty() && !closing && !release.broken() && !abandoned) {
            LockSupport.park(this);
          }
          idle = null;
        }
      }
      return null;
    } finally {
      baton.unlock();
    }
  }

  /// Waits a part of the time until the next segment is due; false if it is not over.
  private boolean awaitPace() {
    long now = System.nanoTime();
    long wait = closing ? 0 : pace.waitNanos(now, queues.bytes());
    if (wait <= 0) {
      pace.formed(now);
      return true;
    }
    pausing = Thread.currentThread();
    LockSupport.parkNanos(this, wait);
    pausing = null;
    return false;
  }

  private Segment form(JournalTable table) {
    List<JournalEntry> entries = queues.drain(settings.segmentEntries(), settings.segmentBytes());
    Segment segment;
    try {
      segment =
          former.form(
              entries, repeats.rows(table, entries), settlements.unsettled(table, retry, entries));
    } catch (StoreException e) {
      segment = Segment.failed(entries, e);
    }
    release.formed(segment);
    return segment;
  }

  /// Null when the segment is on disk, else why not.
  private @Nullable StoreException commit(
      JournalTable table, SegmentSealer sealer, Segment segment) {
    byte[] body = sealer.seal(segment.number, segment.kept);
    long began = System.nanoTime();
    try {
      retry.run(
          table,
          "commit journal segment " + segment.number,
          () -> {
            table.write(segment.number, segment.kept.size(), body);
            return true;
          });
      segment.commitNanos = System.nanoTime() - began;
      return null;
    } catch (StoreException e) {
      return e;
    }
  }

  private void refuseQueued(StoreException why) {
    baton.lock();
    try {
      List<JournalEntry> entries = queues.drainAll();
      if (!entries.isEmpty()) {
        release.refuse(entries, why);
      }
    } finally {
      baton.unlock();
    }
  }

  /// Takes back what was formed and not committed, and waits for the database. Baton holder only.
  ///
  /// @return false at the end
  private boolean heal() {
    long first = takeBack();
    boolean said = false;
    while (!abandoned) {
      refuseQueued(new StoreException.Unavailable("the journal cannot commit", null));
      if (closing) {
        return false;
      }
      try {
        database.holdLock();
        database.run(
            "reach the journal",
            connection -> JournalTable.checkpoint(connection, database.journal()));
        if (first <= former.lastNumber()) {
          JournalTable.voidSegments(database, first, former.lastNumber());
        }
        release.healed();
        LOG.info("the journal commits again");
        return true;
      } catch (SQLException | StoreException e) {
        if (e instanceof StoreException.Rejected && !said) {
          LOG.error("the journal takes nothing until this is settled", e);
          said = true;
        }
        LOG.debug("the database is still not available", e);
        idle = Thread.currentThread();
        if (!closing && !abandoned) {
          LockSupport.parkNanos(this, settings.probeEvery().toNanos());
        }
        idle = null;
      }
    }
    return false;
  }

  /// @return the first number to be made void; behind the last one where none was given out
  private long takeBack() {
    long first = former.lastNumber() + 1;
    for (Segment segment : release.takeUndone()) {
      former.undo(segment);
      if (segment.number != Segment.UNNUMBERED) {
        first = Math.min(first, segment.number);
      }
    }
    return first;
  }

  @Override
  public void close() {
    closing = true;
    end();
    ended = true;
    refuseQueued(new StoreException.Unavailable("the journal is closed", null));
    projector.close();
    endIfRows();
  }

  /// Frees the mailboxes for others at once. Where that cannot be had, the next gateway does it.
  private void endIfRows() {
    if (release.broken() || projector.projected() != release.committedSegment()) {
      return;
    }
    try {
      JournalTable.end(database, database.journal(), projector.projected());
    } catch (StoreException e) {
      LOG.debug("the journal is left to the next gateway", e);
    }
  }

  MailboxTable mailboxTable() {
    return mailboxes;
  }

  /// Stops as a crash would: nothing more is written or reported.
  void abandon() {
    abandoned = true;
    closing = true;
    release.abandon();
    tables.forEach(JournalTable::abort);
    projector.abandon();
    end();
  }

  private void end() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        threads.forEach(LockSupport::unpark);
        try {
          thread.join(RETRY_NANOS / 1_000_000);
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
