package dev.aegis.gateway.admission;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The quota of one principal. While nodes cannot hear each other, one that comes to all of them
/// has at each an equal share of what was left when that began. Any thread.
final class QuotaAllowance {
  private final Quota quota;
  private final SlidingWindow window;
  private long known;
  private long heard;

  /// What is left here while the others cannot be heard; null while they can.
  private volatile @Nullable Share share;

  private static final class Share {
    final long untilNanos;
    long left;

    Share(long left, long untilNanos) {
      this.left = left;
      this.untilNanos = untilNanos;
    }
  }

  QuotaAllowance(Quota quota, long nowNanos) {
    this.quota = quota;
    this.window = new SlidingWindow(quota, nowNanos);
  }

  /// As [SlidingWindow#take].
  ///
  /// @param shares among how many nodes what is left is divided; 1 where it is not
  long take(int shares, long nowNanos) {
    if (shares == 1) {
      if (share != null) {
        share = null;
      }
      return window.take(nowNanos);
    }
    synchronized (this) {
      Share mine = mine(shares, nowNanos);
      if (mine.left == 0) {
        return Math.max(1, mine.untilNanos - nowNanos);
      }
      long wait = window.take(nowNanos);
      if (wait == 0) {
        mine.left--;
      }
      return wait;
    }
  }

  long waitNanos(int shares, long nowNanos) {
    if (shares > 1) {
      synchronized (this) {
        Share mine = mine(shares, nowNanos);
        if (mine.left == 0) {
          return Math.max(1, mine.untilNanos - nowNanos);
        }
      }
    }
    return window.waitNanos(nowNanos);
  }

  private Share mine(int shares, long nowNanos) {
    Share known = share;
    if (known == null || nowNanos - known.untilNanos >= 0) {
      long left = Math.max(0, quota.messages() - window.used(nowNanos));
      known = new Share(left / shares, nowNanos + quota.window().toNanos());
      share = known;
    }
    return known;
  }

  boolean isEmpty(long nowNanos) {
    return window.isEmpty(nowNanos);
  }

  /// Other nodes have let that many pass.
  synchronized void charge(long messages, long nowNanos) {
    heard += messages;
    window.charge(messages, nowNanos);
  }

  /// What another node knows: what this one has heard itself is part of that. Of several, who knows
  /// of most counts.
  synchronized void know(List<Usage.Slot> slots, long nowNanos) {
    long news = slots.stream().mapToLong(Usage.Slot::count).sum() - heard;
    long more = news - known;
    known = Math.max(known, news);
    for (int i = slots.size() - 1; i >= 0 && more > 0; i--) { // the newest stay longest
      long count = Math.min(more, slots.get(i).count());
      window.charge(count, nowNanos - slots.get(i).ageNanos(), nowNanos);
      more -= count;
    }
  }

  /// What counts, oldest first.
  ///
  /// @param without how many of the newest are left out
  List<Usage.Slot> slots(long without, long nowNanos) {
    List<Usage.Slot> slots = new ArrayList<>(window.slots(nowNanos));
    for (long left = without; left > 0 && !slots.isEmpty(); ) {
      Usage.Slot newest = slots.removeLast();
      if (newest.count() > left) {
        slots.add(new Usage.Slot(newest.ageNanos(), newest.count() - left));
      }
      left -= newest.count();
    }
    return slots;
  }
}
