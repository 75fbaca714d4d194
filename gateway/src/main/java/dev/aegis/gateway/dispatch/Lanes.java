package dev.aegis.gateway.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/// Four bounded queues, one per class, bounded in items and bytes. Any thread offers; one thread
/// drains. Within a class the order of offers is kept.
///
/// A drain takes the most urgent first, but every lower class that waits gets at least its share of
/// the batch: a fifth for high, a tenth for normal, a twentieth for low.
public final class Lanes<T extends LaneItem> {
  static final int CLASSES = 4;

  /// Percent of the bytes up to which a class may fill them, so that a flood of low traffic cannot
  /// shut out the urgent.
  private static final int[] BYTES_PERCENT = {100, 90, 80, 70};

  /// Percent of a drain that a waiting class gets in any case.
  private static final int[] LEAST_PERCENT = {0, 20, 10, 5};

  private final LaneBounds bounds;
  private final List<MpscAtomicArrayQueue<T>> lanes = new ArrayList<>(CLASSES);
  private final AtomicLong bytes = new AtomicLong();
  private final int[] share = new int[CLASSES];

  public Lanes(LaneBounds bounds) {
    this.bounds = bounds;
    for (int i = 0; i < CLASSES; i++) {
      lanes.add(new MpscAtomicArrayQueue<>(bounds.itemsPerClass()));
    }
  }

  /// False at a bound. Any thread.
  public boolean offer(T item) {
    int lane = item.priority().wire();
    int size = item.sizeBytes();
    long before = bytes.getAndAdd(size);
    // An item larger than the bound passes when nothing else waits.
    boolean fits = before == 0 || before + size <= bounds.bytes() / 100 * BYTES_PERCENT[lane];
    if (fits && lanes.get(lane).offer(item)) {
      return true;
    }
    bytes.addAndGet(-size);
    return false;
  }

  /// Takes one batch, the most urgent first. The one consuming thread only.
  ///
  /// @return how many items were taken
  public int drain(Consumer<? super T> into) {
    int kept = 0;
    for (int i = 0; i < CLASSES; i++) {
      share[i] =
          Math.min(lanes.get(i).size(), Math.ceilDiv(bounds.drainItems() * LEAST_PERCENT[i], 100));
      kept += share[i];
    }
    int taken = 0;
    long takenBytes = 0;
    for (int i = 0; i < CLASSES; i++) {
      kept -= share[i];
      int room = bounds.drainItems() - taken - kept;
      long byteLimit = Math.max(1, bounds.drainBytes() * (100 - leastBelow(i)) / 100);
      MpscAtomicArrayQueue<T> lane = lanes.get(i);
      // One item of a class that waits goes in any case, however large those before it were.
      for (int n = 0; n < room && (takenBytes < byteLimit || n < Math.min(1, share[i])); n++) {
        T item = lane.poll();
        if (item == null) {
          break;
        }
        taken++;
        takenBytes += item.sizeBytes();
        bytes.addAndGet(-item.sizeBytes());
        into.accept(item);
      }
    }
    return taken;
  }

  /// Percent of the bytes kept for the classes below that have something waiting.
  private int leastBelow(int lane) {
    int percent = 0;
    for (int i = lane + 1; i < CLASSES; i++) {
      percent += share[i] > 0 ? LEAST_PERCENT[i] : 0;
    }
    return percent;
  }

  public boolean isEmpty() {
    for (MpscAtomicArrayQueue<T> lane : lanes) {
      if (!lane.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /// How many items of a class wait. Any thread; a moment's view.
  public int depth(int lane) {
    return lanes.get(lane).size();
  }

  /// How many bytes wait. Any thread; a moment's view.
  public long bytes() {
    return bytes.get();
  }
}
