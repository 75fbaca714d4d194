package dev.aegis.bench.load;

import java.util.List;
import java.util.stream.Stream;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/// A histogram in parts, so that clients on several threads do not wait for each other's cache
/// lines: with one part for 200 receivers on two cores, recording was a sixth of their time. Nor
/// are parts swapped for intervals, which costs each value two more additions. Any thread records;
/// one at a time reads.
final class StripedRecorder {
  static final int DIGITS = 3;
  private static final int STRIPES = 8;

  private final List<AtomicHistogram> stripes;

  /// All that [#sinceLast] has returned.
  private Histogram read;

  /// @param highest value that can be recorded
  StripedRecorder(long highest) {
    stripes = Stream.generate(() -> new AtomicHistogram(highest, DIGITS)).limit(STRIPES).toList();
    read = new Histogram(highest, DIGITS);
  }

  /// @param source whose value it is, such as a receiver's index: one source, one part
  void record(int source, long value) {
    stripes.get(Math.floorMod(source, STRIPES)).recordValue(value);
  }

  /// How many values were recorded. Any thread.
  long count() {
    return stripes.stream().mapToLong(AtomicHistogram::getTotalCount).sum();
  }

  /// All that was recorded.
  Histogram all() {
    Histogram all = new Histogram(read.getHighestTrackableValue(), DIGITS);
    stripes.forEach(all::add);
    return all;
  }

  /// What was recorded since the last call.
  Histogram sinceLast() {
    Histogram all = all();
    Histogram interval = all.copy();
    interval.subtract(read);
    read = all;
    return interval;
  }
}
