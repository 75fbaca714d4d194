package dev.aegis.gateway.telemetry;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Supplier;

/// How fast counters went up lately: keeps a sample of them for every second of the last minute.
/// Who counts pays nothing. Thread-safe.
public final class RecentRates {
  private static final int KEPT = 61;

  private final Supplier<long[]> counters;
  private final Deque<Sample> samples = new ArrayDeque<>(KEPT);

  private record Sample(long nanos, long[] values) {}

  /// What the counters grew by, and in what time.
  record Growth(double seconds, long[] by) {
    /// 0 while there is only one sample.
    double perSecond(int counter) {
      return seconds == 0 ? 0 : by[counter] / seconds;
    }
  }

  /// @param counters reads them: an array of its own, of the same length each time
  RecentRates(Supplier<long[]> counters) {
    this.counters = counters;
  }

  /// Takes a sample; once a second.
  ///
  /// @param nanos of a clock that never goes back
  public synchronized void sample(long nanos) {
    if (samples.size() == KEPT) {
      samples.removeFirst();
    }
    samples.addLast(new Sample(nanos, counters.get()));
  }

  /// The growth over the last so many samples, or as many as there are.
  synchronized Growth over(int count) {
    if (samples.isEmpty()) {
      sample(0);
    }
    Sample last = samples.getLast();
    Sample first = samples.getFirst();
    int skip = samples.size() - 1 - count;
    for (Sample sample : samples) {
      if (skip-- == 0) {
        first = sample;
      }
    }
    long[] by = Objects.requireNonNull(last.values).clone();
    for (int i = 0; i < by.length; i++) {
      by[i] -= first.values[i];
    }
    return new Growth((last.nanos - first.nanos) / 1e9, by);
  }
}
