package dev.aegis.protocol;

import java.util.Arrays;

/// Mailbox sequences as inclusive ranges `[first, last, first, last, …]`, ascending and disjoint.
public record SequenceRanges(long[] bounds) {
  public SequenceRanges {
    if ((bounds.length & 1) != 0) {
      throw new IllegalArgumentException("ranges come in pairs");
    }
    long previous = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (bounds[i] <= previous || bounds[i + 1] < bounds[i]) {
        throw new IllegalArgumentException("ranges ascend from 1 and do not overlap");
      }
      previous = bounds[i + 1];
    }
  }

  /// The ranges of some sequences, in any order, duplicates allowed. The argument is sorted in
  /// place.
  public static SequenceRanges of(long... sequences) {
    Arrays.sort(sequences);
    long[] bounds = new long[sequences.length * 2];
    int used = 0;
    for (long sequence : sequences) {
      if (used > 0 && sequence <= bounds[used - 1] + 1) {
        bounds[used - 1] = sequence;
      } else {
        bounds[used++] = sequence;
        bounds[used++] = sequence;
      }
    }
    return new SequenceRanges(Arrays.copyOf(bounds, used));
  }

  public int count() {
    return bounds.length / 2;
  }

  public long first(int range) {
    return bounds[2 * range];
  }

  public long last(int range) {
    return bounds[2 * range + 1];
  }

  public boolean contains(long sequence) {
    for (int i = 0; i < bounds.length; i += 2) {
      if (sequence >= bounds[i] && sequence <= bounds[i + 1]) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SequenceRanges that && Arrays.equals(bounds, that.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  @Override
  public String toString() {
    return Arrays.toString(bounds);
  }
}
