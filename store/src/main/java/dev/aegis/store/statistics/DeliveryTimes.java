package dev.aegis.store.statistics;

import java.util.Arrays;

/// A histogram of times in milliseconds, of fixed buckets, so that those of different batches,
/// nodes and hours can be added up. Up to 16 ms each bucket is one millisecond; from there on each
/// doubling has eight. What is read from it is the middle of a bucket, which is off by 1/16 of the
/// time at most. Longer times than [#LONGEST_MILLIS] count as that. Only buckets that are not empty
/// take room. Not thread-safe.
public final class DeliveryTimes {
  /// About 48 days; no message lives longer by default.
  public static final long LONGEST_MILLIS = (1L << 32) - 1;

  private static final int SUB_BITS = 3;
  private static final int SUBS = 1 << SUB_BITS;

  /// Ascending.
  private int[] buckets = new int[2];

  private long[] counts = new long[2];
  private int used;

  public void add(long millis) {
    add(bucket(millis), 1);
  }

  public void add(DeliveryTimes other) {
    for (int i = 0; i < other.used; i++) {
      add(other.buckets[i], other.counts[i]);
    }
  }

  void add(int bucket, long count) {
    int at = Arrays.binarySearch(buckets, 0, used, bucket);
    if (at >= 0) {
      counts[at] += count;
      return;
    }
    at = -at - 1;
    if (used == buckets.length) {
      buckets = Arrays.copyOf(buckets, used * 2);
      counts = Arrays.copyOf(counts, used * 2);
    }
    System.arraycopy(buckets, at, buckets, at + 1, used - at);
    System.arraycopy(counts, at, counts, at + 1, used - at);
    buckets[at] = bucket;
    counts[at] = count;
    used++;
  }

  public boolean isEmpty() {
    return used == 0;
  }

  /// How many times there are.
  public long count() {
    long count = 0;
    for (int i = 0; i < used; i++) {
      count += counts[i];
    }
    return count;
  }

  /// The time that this share of all did not exceed, within the bound above.
  ///
  /// @param share above 0, up to 1
  /// @throws IllegalStateException there are none
  public double percentileMillis(double share) {
    if (used == 0) {
      throw new IllegalStateException("there are no times");
    }
    long wanted = Math.max(1, (long) Math.ceil(share * count()));
    long seen = 0;
    for (int i = 0; i < used; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return middleMillis(buckets[i]);
      }
    }
    return middleMillis(buckets[used - 1]);
  }

  /// How many buckets are not empty.
  int size() {
    return used;
  }

  int bucketAt(int index) {
    return buckets[index];
  }

  long countAt(int index) {
    return counts[index];
  }

  /// The bucket of a time; a negative one, of clocks that differ, is 0.
  static int bucket(long millis) {
    long bounded = Math.clamp(millis, 0, LONGEST_MILLIS);
    if (bounded < SUBS) {
      return (int) bounded;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(bounded) - SUB_BITS;
    return (shift << SUB_BITS) + (int) (bounded >> shift);
  }

  /// The first time of a bucket.
  static long firstMillis(int bucket) {
    if (bucket < 2 * SUBS) {
      return bucket;
    }
    int shift = (bucket >> SUB_BITS) - 1;
    return (long) ((bucket & (SUBS - 1)) + SUBS) << shift;
  }

  private static double middleMillis(int bucket) {
    return (firstMillis(bucket) + firstMillis(bucket + 1) - 1) / 2.0;
  }
}
