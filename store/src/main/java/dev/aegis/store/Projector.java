package dev.aegis.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that turns committed segments into rows, some at a time. It lets them wait a moment
/// and takes only the older half, so that a message that finishes soon is written once; a reader
/// that waits for its own writes ends the wait. Its queue is bounded by the journal, which takes
/// nothing more when it is too long.
final class Projector {
  private static final Logger LOG = LoggerFactory.getLogger(Projector.class);
  private static final long BATCH_BYTES = 32L << 20;
  private static final int BATCH_SEGMENTS = 256;
  private static final Duration READER_PATIENCE = Duration.ofSeconds(10);

  private final Projection projection;
  private final JournalSpace space;
  private final Linger linger = new Linger();
  private final long retryNanos;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition advanced = lock.newCondition();

  /// Until their rows are there.
  private final ArrayDeque<Committed> waiting = new ArrayDeque<>();

  private long wanted;
  private boolean closing;
  private boolean abandoned;
  private volatile long projected;
  private volatile long waitingBytes;
  private volatile long transactions;

  Projector(Projection projection, JournalSpace space, long projected, Duration retry) {
    this.projection = projection;
    this.space = space;
    this.projected = projected;
    this.retryNanos = retry.toNanos();
    this.thread = Thread.ofPlatform().daemon().name("aegis-projector").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  long projected() {
    return projected;
  }

  long waitingBytes() {
    return waitingBytes;
  }

  /// How many times rows have been written.
  long transactions() {
    return transactions;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock
  void add(Committed committed) {
    lock.lock();
    try {
      waiting.addLast(committed);
      waitingBytes += committed.bytes();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /// What is committed and perhaps not in the rows.
  Unwritten unwritten() {
    lock.lock();
    try {
      return new Unwritten(List.copyOf(waiting));
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the segment's rows are there.
  ///
  /// @throws StoreException.Unavailable not in time
  void await(long segment) {
    if (projected >= segment) {
      return;
    }
    lock.lock();
    try {
      wanted = Math.max(wanted, segment);
      changed.signal();
      long left = READER_PATIENCE.toNanos();
      while (projected < segment) {
        if (left <= 0 || closing) {
          throw new StoreException.Unavailable("the rows are behind the journal", null);
        }
        left = advanced.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while waiting for rows", e);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      Batch batch = next();
      while (!batch.segments.isEmpty()) {
        if (!write(batch)) {
          return;
        }
        batch = next();
      }
    } catch (InterruptedException _) {
      LOG.debug("the projector was interrupted");
    }
  }

  /// What to write next; empty at the end.
  private Batch next() throws InterruptedException {
    lock.lock();
    try {
      while (!due()) {
        if (abandoned || (closing && waiting.isEmpty())) {
          return new Batch(List.of(), List.of());
        }
        Committed oldest = waiting.peekFirst();
        if (oldest == null) {
          changed.await();
        } else {
          changed.awaitNanos(oldest.atNanos() + linger.nanos() - System.nanoTime());
        }
      }
      return batch();
    } finally {
      lock.unlock();
    }
  }

  private Batch batch() {
    List<Committed> all = List.copyOf(waiting);
    long young = System.nanoTime() - linger.nanos() / 2;
    int count = 0;
    long bytes = 0;
    while (count < Math.min(all.size(), BATCH_SEGMENTS) && bytes < BATCH_BYTES) {
      Committed next = all.get(count);
      if (count > 0 && !closing && wanted < next.segment() && next.atNanos() - young > 0) {
        break;
      }
      bytes += next.bytes();
      count++;
    }
    return new Batch(all.subList(0, count), all.subList(count, all.size()));
  }

  private boolean due() {
    Committed oldest = waiting.peekFirst();
    return oldest != null
        && !abandoned
        && (closing
            || wanted > projected
            || waitingBytes >= BATCH_BYTES
            || waiting.size() >= BATCH_SEGMENTS
            || System.nanoTime() - oldest.atNanos() >= linger.nanos());
  }

  /// Until it works; false when it is given up at the end: the journal still has it.
  private boolean write(Batch batch) throws InterruptedException {
    boolean warned = false;
    while (true) {
      try {
        Projection.Written written = projection.write(batch.segments, batch.later);
        linger.written(written.messages(), written.changes());
        finished(batch.segments);
        space.deleted(batch.segments.stream().mapToLong(Committed::bytes).sum());
        return true;
      } catch (RuntimeException e) {
        if (!warned) {
          LOG.warn("committed segments cannot be turned into rows for now", e);
          warned = true;
        }
      }
      lock.lock();
      try {
        if (closing || abandoned) {
          return false;
        }
        changed.awaitNanos(retryNanos);
      } finally {
        lock.unlock();
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock
  private void finished(List<Committed> batch) {
    lock.lock();
    try {
      for (Committed committed : batch) {
        waiting.removeFirst();
        waitingBytes -= committed.bytes();
      }
      projected = batch.getLast().segment();
      transactions++;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Writes what is left, as far as the database lets it, and ends.
  void close() {
    stop(false);
  }

  /// Ends at once.
  void abandon() {
    stop(true);
  }

  private void stop(boolean atOnce) {
    lock.lock();
    try {
      closing = true;
      abandoned |= atOnce;
      changed.signalAll();
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    ThreadEnd.await(thread);
  }

  /// What to write next.
  ///
  /// @param later what is committed behind it
  private record Batch(List<Committed> segments, List<Committed> later) {}
}
