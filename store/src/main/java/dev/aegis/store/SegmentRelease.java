package dev.aegis.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Segments between being formed and being reported. Whichever order they finish in, the listener
/// hears of them in the order they were formed, one call at a time.
///
/// The first one that was not committed breaks the journal: it and all behind it are refused, until
/// they have been taken back and somebody says that the journal is [#healed]. Thread-safe.
final class SegmentRelease {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentRelease.class);

  private final JournalListener listener;
  private final CommitApplier applier;
  private final Projector projector;

  /// Guards all below, and serialises the listener.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition nothingInFlight = lock.newCondition();
  private final ArrayDeque<Segment> inFlight = new ArrayDeque<>();

  /// Refused and not taken back, the last one first.
  private final ArrayDeque<Segment> undone = new ArrayDeque<>();

  private boolean refusing;
  private boolean abandoned;

  private final AtomicLong committedEntries = new AtomicLong();
  private final AtomicLong refusedEntries = new AtomicLong();
  private volatile long committedSegment;
  private volatile boolean broken;

  /// @param committedSegment the last one that was committed before
  SegmentRelease(
      JournalListener listener, CommitApplier applier, Projector projector, long committedSegment) {
    this.listener = listener;
    this.applier = applier;
    this.projector = projector;
    this.committedSegment = committedSegment;
  }

  /// The last segment reported as committed.
  long committedSegment() {
    return committedSegment;
  }

  long committedEntries() {
    return committedEntries.get();
  }

  long refusedEntries() {
    return refusedEntries.get();
  }

  /// Whether a commit failed since the journal was last whole.
  boolean broken() {
    return broken;
  }

  /// A segment is on its way to disk. In the order of their numbers.
  void formed(Segment segment) {
    lock.lock();
    try {
      inFlight.addLast(segment);
    } finally {
      lock.unlock();
    }
  }

  /// A segment is on disk, or failed. Reports it and what waited for it, unless it has to wait
  /// itself.
  void finished(Segment segment) {
    lock.lock();
    try {
      segment.done = true;
      segment.committed = segment.failure == null;
      if (!segment.committed && !broken) {
        LOG.warn("the journal cannot commit and refuses entries for now", segment.failure);
        broken = true;
      }
      for (Segment head = inFlight.peekFirst();
          head != null && head.done && !abandoned;
          head = inFlight.peekFirst()) {
        inFlight.removeFirst();
        report(head);
      }
      if (inFlight.isEmpty()) {
        nothingInFlight.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void report(Segment segment) {
    if (!segment.moved.isEmpty()) {
      tellRefused(segment.moved, new StoreException.Moved("another gateway has the mailbox"));
    }
    if (refusing || !segment.committed) {
      refusing = true;
      segment.releases.forEach(release -> release.done().complete(false));
      undone.addFirst(segment);
      StoreException why = segment.failure;
      tellRefused(
          segment.entries,
          why != null
              ? why
              : new StoreException.Unavailable("an earlier segment was not committed", null));
      return;
    }
    if (segment.number != Segment.UNNUMBERED) {
      projector.add(applier.apply(segment.number, segment.kept, System.nanoTime()));
      committedSegment = segment.number;
    }
    segment.releases.forEach(release -> release.done().complete(true));
    committedEntries.addAndGet(segment.entries.size());
    try {
      listener.committed(segment.entries);
    } catch (RuntimeException e) {
      LOG.error("the journal's listener failed", e);
    }
  }

  /// Refuses entries that never were in a segment.
  void refuse(List<JournalEntry> entries, StoreException why) {
    lock.lock();
    try {
      tellRefused(entries, why);
    } finally {
      lock.unlock();
    }
  }

  private void tellRefused(List<JournalEntry> all, StoreException why) {
    List<JournalEntry> entries = new ArrayList<>(all.size());
    for (JournalEntry entry : all) {
      if (entry instanceof Release release) {
        release.done().complete(false);
      } else {
        entries.add(entry);
      }
    }
    refusedEntries.addAndGet(entries.size());
    try {
      listener.refused(entries, why);
    } catch (RuntimeException e) {
      LOG.error("the journal's listener failed", e);
    }
  }

  /// Waits until nothing is on its way to disk.
  ///
  /// @return what was formed and refused since the last call, the last one first
  List<Segment> takeUndone() {
    lock.lock();
    try {
      while (!inFlight.isEmpty() && !abandoned) {
        nothingInFlight.awaitUninterruptibly();
      }
      List<Segment> taken = List.copyOf(undone);
      undone.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /// Nothing commits any more.
  void breakOff() {
    broken = true;
  }

  /// Nothing is left of what was refused: segments may be formed again.
  void healed() {
    lock.lock();
    try {
      refusing = false;
    } finally {
      lock.unlock();
    }
    broken = false;
  }

  /// Reports nothing more, and lets nobody wait.
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      nothingInFlight.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
