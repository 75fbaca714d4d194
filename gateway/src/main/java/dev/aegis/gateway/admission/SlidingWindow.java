package dev.aegis.gateway.admission;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// Counts what passed within a sliding window, in slots of a 32nd of it. A slot counts until all of
/// it has left the window, so that no span of the window's length ever sees more than the quota;
/// what was used comes back up to a slot late. Any thread, without locks; a fixed few hundred
/// bytes.
final class SlidingWindow {
  static final int SLOTS = 32;

  private static final int COUNT_BITS = 31;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

  private final int limit;
  private final long slotNanos;
  private final long startNanos;

  /// The number of a slot since the start, and its count: a slot that is written again after its
  /// time begins anew.
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS + 1);

  SlidingWindow(Quota quota, long nowNanos) {
    this.limit = quota.messages();
    this.slotNanos = Math.ceilDiv(quota.window().toNanos(), SLOTS);
    this.startNanos = nowNanos - SLOTS * slotNanos; // what others know may be that old
  }

  /// Takes one of the quota, and says how many nanoseconds to wait where there is none left; 0 when
  /// it was taken.
  long take(long nowNanos) {
    long slot = slotAt(nowNanos);
    while (true) {
      add(slot, 1);
      if (usedAt(slot) <= limit) {
        return 0;
      }
      add(slot, -1);
      long wait = waitNanos(slot, nowNanos);
      if (wait > 0) {
        return wait;
      }
      // Another thread gave back what stood in the way: there is one to take, so try for it again.
    }
  }

  /// How long until one more would pass; 0 for now.
  long waitNanos(long nowNanos) {
    return waitNanos(slotAt(nowNanos), nowNanos);
  }

  /// Nothing counts any more: as good as a new one.
  boolean isEmpty(long nowNanos) {
    return usedAt(slotAt(nowNanos)) == 0;
  }

  private long slotAt(long nowNanos) {
    return Math.max(0, nowNanos - startNanos) / slotNanos;
  }

  /// Takes what has passed elsewhere, whether it is left or not.
  void charge(long messages, long nowNanos) {
    charge(messages, nowNanos, nowNanos);
  }

  /// Likewise, at an earlier time: nothing where that has left the window.
  void charge(long messages, long atNanos, long nowNanos) {
    long now = slotAt(nowNanos);
    long slot = atNanos - startNanos < 0 ? 0 : slotAt(atNanos);
    if (messages > 0 && slot >= now - SLOTS) {
      add(slot, Math.min(messages, COUNT_MASK));
    }
  }

  /// What counts, oldest first.
  List<Usage.Slot> slots(long nowNanos) {
    long now = slotAt(nowNanos);
    List<Usage.Slot> counted = new ArrayList<>();
    for (long slot = Math.max(0, now - SLOTS); slot <= now; slot++) {
      long count = count(slot, now);
      if (count > 0) {
        long age = Math.max(0, nowNanos - startNanos - slot * slotNanos);
        counted.add(new Usage.Slot(Math.min(age, slotNanos * SLOTS), count));
      }
    }
    return counted;
  }

  /// How much counts.
  long used(long nowNanos) {
    return usedAt(slotAt(nowNanos));
  }

  private void add(long slot, long change) {
    int place = (int) (slot % (SLOTS + 1));
    while (true) {
      long before = slots.get(place);
      long number = before >>> COUNT_BITS;
      if (number > slot) {
        return; // a whole window went by between two lines of this thread
      }
      long count = (number == slot ? before & COUNT_MASK : 0) + change;
      long kept = Math.clamp(count, 0, COUNT_MASK);
      if (slots.compareAndSet(place, before, slot << COUNT_BITS | kept)) {
        return;
      }
    }
  }

  private long count(long slot, long now) {
    long value = slots.get((int) (slot % (SLOTS + 1)));
    long number = value >>> COUNT_BITS;
    return number == slot && number >= now - SLOTS ? value & COUNT_MASK : 0;
  }

  private long usedAt(long now) {
    long sum = 0;
    for (long slot = Math.max(0, now - SLOTS); slot <= now; slot++) {
      sum += count(slot, now);
    }
    return sum;
  }

  private long waitNanos(long now, long nowNanos) {
    long surplus = usedAt(now) + 1 - limit;
    if (surplus <= 0) {
      return 0;
    }
    long slot = Math.max(0, now - SLOTS);
    for (long left = surplus; slot <= now; slot++) {
      left -= count(slot, now);
      if (left <= 0) {
        break;
      }
    }
    return Math.max(1, startNanos + (slot + SLOTS + 1) * slotNanos - nowNanos);
  }
}
