package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/// Entries of best-effort messages on their way to the audit trail. A place is taken before a
/// message is passed on, and is free again once its entry is on disk, so that what has no room in
/// the trail is not passed on. Any thread; never blocks, but for [#await].
public final class TrailQueue {
  /// So many entries are in memory at most, and are lost with the process.
  static final int MAX_ENTRIES = 65_536;

  private static final int MAX_BYTES = 64 << 20;

  /// What an entry takes in memory beside its texts.
  private static final int ENTRY_BYTES = 512;

  private static final long END_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final int maxEntries;
  private final Semaphore entries;
  private final Semaphore bytes;
  private final MessagePassingQueue<Place> kept;
  private final LongAdder refused = new LongAdder();
  private volatile boolean closed;

  /// Whoever waits for a page to be full.
  private volatile @Nullable Thread waiting;

  public TrailQueue() {
    this(MAX_ENTRIES, MAX_BYTES);
  }

  /// With bounds of one's own.
  public TrailQueue(int maxEntries, int maxBytes) {
    this.maxEntries = maxEntries;
    this.entries = new Semaphore(maxEntries);
    this.bytes = new Semaphore(maxBytes);
    this.kept = new MpscAtomicArrayQueue<>(maxEntries);
  }

  /// Room for one entry. Must be told by [Place#settle] what came of the message.
  public final class Place {
    final String organization;
    final @Nullable String agent;
    final AuditEntry entry;
    private final int size;

    private Place(String organization, @Nullable String agent, AuditEntry entry, int size) {
      this.organization = organization;
      this.agent = agent;
      this.entry = entry;
      this.size = size;
    }

    /// Once.
    ///
    /// @param passedOn whether it is an entry, or the room is given back
    public void settle(boolean passedOn) {
      if (passedOn) {
        kept.offer(this); // which has as much room as there are places
        wake();
      } else {
        free();
      }
    }

    /// It is on disk or given up.
    void free() {
      bytes.release(size);
      entries.release();
    }
  }

  /// Takes the room of an entry.
  ///
  /// @param organization the sender's
  /// @param agent the recipient, where it is one agent: it may be another organization's
  /// @return null where there is none
  public @Nullable Place take(String organization, @Nullable String agent, AuditEntry entry) {
    int size = size(entry);
    if (!closed && entries.tryAcquire()) {
      if (bytes.tryAcquire(size)) {
        return new Place(organization, agent, entry, size);
      }
      entries.release();
    }
    refused.increment();
    return null;
  }

  private static int size(AuditEntry entry) {
    return ENTRY_BYTES
        + length(entry.sender())
        + length(entry.recipient())
        + length(entry.type())
        + length(entry.reason());
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private void wake() {
    Thread thread = waiting;
    if (thread != null && kept.size() >= TrailPages.PAGE_ENTRIES) {
      waiting = null;
      LockSupport.unpark(thread);
    }
  }

  /// Blocks so long, or until there is a full page; once closed, a moment at most.
  void await(long nanos) {
    waiting = Thread.currentThread();
    if (kept.size() < TrailPages.PAGE_ENTRIES) {
      LockSupport.parkNanos(this, closed ? Math.min(nanos, END_NANOS) : nanos);
    }
    waiting = null;
  }

  /// One thread at a time.
  void drainTo(List<Place> into) {
    kept.drain(into::add);
  }

  /// Gives out no places any more.
  void close() {
    closed = true;
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /// How many places are taken: entries that wait or are being written, and messages that are being
  /// passed on.
  public int taken() {
    return maxEntries - entries.availablePermits();
  }

  /// How many places could not be had, each the message's that was refused.
  public long refused() {
    return refused.sum();
  }
}
