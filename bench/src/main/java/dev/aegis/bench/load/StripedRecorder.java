package dev.aegis.bench.load;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/// A histogram in parts, so that clients on several threads do not wait for each other's cache
/// lines: with one part for 200 receivers on two cores, recording was a sixth of their time. Any
/// thread records; one at a time reads.
final class StripedRecorder {
  private static final int DIGITS = 3;
  private static final int STRIPES = 8;

  private final long highest;
  private final List<Recorder> stripes = new ArrayList<>();
  private final List<@Nullable Histogram> spare = new ArrayList<>();

  /// @param highest value that can be recorded
  StripedRecorder(long highest) {
    this.highest = highest;
    for (int i = 0; i < STRIPES; i++) {
      stripes.add(new Recorder(highest, DIGITS));
      spare.add(null);
    }
  }

  /// @param source whose value it is, such as a receiver's index: one source, one part
  void record(int source, long value) {
    stripes.get(Math.floorMod(source, STRIPES)).recordValue(value);
  }

  /// What was recorded since the last call.
  Histogram sinceLast() {
    Histogram sum = new Histogram(highest, DIGITS);
    for (int i = 0; i < STRIPES; i++) {
      Histogram interval = stripes.get(i).getIntervalHistogram(spare.get(i));
      sum.add(interval);
      spare.set(i, interval);
    }
    return sum;
  }
}
