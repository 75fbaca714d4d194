package dev.aegis.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/// What waits for a segment: one bounded queue per class. Any thread offers; one at a time drains.
final class EntryQueues {
  /// Percent of the bytes up to which a class may fill them, so that low traffic cannot shut out
  /// the urgent.
  private static final int[] BYTES_PERCENT = {100, 90, 80, 70};

  /// Percent of a segment that a waiting class gets in any case.
  private static final int[] LEAST_PERCENT = {0, 20, 10, 5};

  private final List<MpscAtomicArrayQueue<JournalEntry>> queues = new ArrayList<>();
  private final AtomicLong bytes = new AtomicLong();
  private final long maxBytes;

  EntryQueues(int entriesPerClass, long maxBytes) {
    for (int i = 0; i < JournalSettings.CLASSES; i++) {
      queues.add(new MpscAtomicArrayQueue<>(entriesPerClass));
    }
    this.maxBytes = maxBytes;
  }

  /// False at the bound of its class.
  boolean offer(JournalEntry entry) {
    int size = entry.size();
    long limit = maxBytes / 100 * BYTES_PERCENT[entry.priority()];
    long before = bytes.getAndAdd(size);
    // An entry that is larger than the bound passes when nothing else waits.
    boolean fits = before == 0 || before + size <= limit;
    if (fits && queues.get(entry.priority()).offer(entry)) {
      return true;
    }
    bytes.addAndGet(-size);
    return false;
  }

  boolean isEmpty() {
    for (MpscAtomicArrayQueue<JournalEntry> queue : queues) {
      if (!queue.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  int size() {
    int size = 0;
    for (MpscAtomicArrayQueue<JournalEntry> queue : queues) {
      size += queue.size();
    }
    return size;
  }

  /// How many entries of each class wait.
  int[] depths() {
    return queues.stream().mapToInt(MpscAtomicArrayQueue::size).toArray();
  }

  long bytes() {
    return bytes.get();
  }

  /// Takes up to so many entries, and stops behind the one that reaches the bytes: critical first,
  /// but the least share of every class that waits is kept for it.
  List<JournalEntry> drain(int maxEntries, int segmentBytes) {
    int[] share = new int[JournalSettings.CLASSES];
    int kept = 0;
    for (int i = 0; i < share.length; i++) {
      share[i] = Math.min(queues.get(i).size(), Math.ceilDiv(maxEntries * LEAST_PERCENT[i], 100));
      kept += share[i];
    }
    List<JournalEntry> drained = new ArrayList<>();
    long keptBytes = 0;
    for (int i = 0; i < share.length; i++) {
      kept -= share[i];
      int room = maxEntries - drained.size() - kept;
      long byteLimit = (long) segmentBytes * (100 - leastBelow(i)) / 100;
      keptBytes = take(queues.get(i), room, byteLimit, keptBytes, drained);
    }
    bytes.addAndGet(-keptBytes);
    return drained;
  }

  private static int leastBelow(int priority) {
    int percent = 0;
    for (int i = priority + 1; i < LEAST_PERCENT.length; i++) {
      percent += LEAST_PERCENT[i];
    }
    return percent;
  }

  private static long take(
      MessagePassingQueue<JournalEntry> queue,
      int room,
      long byteLimit,
      long takenBytes,
      List<JournalEntry> into) {
    long taken = takenBytes;
    for (int i = 0; i < room && taken < byteLimit; i++) {
      JournalEntry entry = queue.poll();
      if (entry == null) {
        break;
      }
      into.add(entry);
      taken += entry.size();
    }
    return taken;
  }

  /// Takes everything.
  List<JournalEntry> drainAll() {
    List<JournalEntry> drained = new ArrayList<>();
    for (MpscAtomicArrayQueue<JournalEntry> queue : queues) {
      bytes.addAndGet(-take(queue, Integer.MAX_VALUE, Long.MAX_VALUE, 0, drained));
    }
    return drained;
  }
}
