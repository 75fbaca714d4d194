package dev.aegis.gateway.router;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/// Times in milliseconds, counted in fixed buckets. Any thread; recording neither locks nor
/// allocates.
public final class Histogram {
  private static final long[] BOUNDS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000,
    3_600_000
  };

  private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
  private final LongAdder sum = new LongAdder();

  Histogram() {
    Arrays.setAll(buckets, _ -> new LongAdder());
  }

  /// The upper bounds of the buckets, each included; one more bucket holds everything above.
  public static long[] boundsMillis() {
    return BOUNDS.clone();
  }

  /// A time that a clock which was set back made negative counts as none.
  void record(long millis) {
    long time = Math.max(0, millis);
    int bucket = 0;
    while (bucket < BOUNDS.length && time > BOUNDS[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sum.add(time);
  }

  /// How many times each bucket has, the last one those above every bound.
  public long[] counts() {
    long[] counts = new long[buckets.length];
    addTo(counts, 0);
    return counts;
  }

  /// Adds the counts to an array, from this place on.
  public void addTo(long[] counts, int from) {
    for (int i = 0; i < buckets.length; i++) {
      counts[from + i] += buckets[i].sum();
    }
  }

  public long sumMillis() {
    return sum.sum();
  }

  /// The smallest bound that covers this share of the counts, from an array as [#counts] makes it:
  /// -1 where there are none, [Long#MAX_VALUE] where it is above every bound.
  public static long quantileMillis(long[] counts, int from, double share) {
    long total = 0;
    for (int i = 0; i <= BOUNDS.length; i++) {
      total += counts[from + i];
    }
    if (total == 0) {
      return -1;
    }
    long wanted = (long) Math.ceil(total * share);
    long covered = 0;
    for (int i = 0; i < BOUNDS.length; i++) {
      covered += counts[from + i];
      if (covered >= wanted) {
        return BOUNDS[i];
      }
    }
    return Long.MAX_VALUE;
  }
}
