package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/// What receivers and receipts report while a run goes on. Latencies are in microseconds, of the
/// messages that were to be sent in the measured interval. Any thread.
final class Measurements {
  private static final long MAX_MICROS = TimeUnit.HOURS.toMicros(1);

  private final Map<Priority, OfClass> endToEnd = new EnumMap<>(Priority.class);
  private final Map<Priority, StripedRecorder> stored = new EnumMap<>(Priority.class);

  /// From what is due before the measured interval, or behind it, or of no class.
  private final StripedRecorder uncounted = recorder();

  private final LongAdder arrivals = new LongAdder();
  private final LongAdder receipts = new LongAdder();
  private final LongAdder processed = new LongAdder();
  private final LongAdder unsent = new LongAdder();
  private volatile long fromNanos = Long.MAX_VALUE;
  private volatile long untilNanos = Long.MAX_VALUE;

  /// @param sum of what has been read of the recorder; belongs to the thread that reads
  private record OfClass(StripedRecorder recorder, Histogram sum) {
    OfClass() {
      this(Measurements.recorder(), Measurements.recorder().sinceLast());
    }

    Histogram sinceLast() {
      Histogram interval = recorder.sinceLast();
      sum.add(interval);
      return interval;
    }
  }

  Measurements(List<Priority> classes) {
    classes.forEach(priority -> {
      endToEnd.put(priority, new OfClass());
      stored.put(priority, recorder());
    });
  }

  private static StripedRecorder recorder() {
    return new StripedRecorder(MAX_MICROS);
  }

  void begin(long nowNanos) {
    fromNanos = nowNanos;
  }

  void end(long nowNanos) {
    untilNanos = nowNanos;
  }

  private boolean counts(long intendedNanos) {
    return intendedNanos - fromNanos >= 0
        && fromNanos != Long.MAX_VALUE
        && (untilNanos == Long.MAX_VALUE || intendedNanos - untilNanos < 0);
  }

  void arrived(int receiver, Priority priority, long intendedNanos, long nowNanos) {
    arrivals.increment();
    OfClass ofClass = counts(intendedNanos) ? endToEnd.get(priority) : null;
    StripedRecorder recorder = ofClass == null ? uncounted : ofClass.recorder;
    recorder.record(receiver, micros(nowNanos - intendedNanos));
  }

  void stored(int sender, Priority priority, long intendedNanos, long nowNanos) {
    receipts.increment();
    StripedRecorder ofClass = stored.get(priority);
    if (ofClass != null && counts(intendedNanos)) {
      ofClass.record(sender, micros(nowNanos - intendedNanos));
    }
  }

  private static long micros(long nanos) {
    return Math.clamp(nanos / 1_000, 0, MAX_MICROS);
  }

  void processed() {
    processed.increment();
  }

  /// A message was due, but the client's queue, or the window, was full.
  void unsent() {
    unsent.increment();
  }

  long arrivals() {
    return arrivals.sum();
  }

  long receipts() {
    return receipts.sum();
  }

  long processedCount() {
    return processed.sum();
  }

  long unsentCount() {
    return unsent.sum();
  }

  /// Of all arrivals since the last call. Like [#endToEnd], for one thread.
  Histogram sinceLast() {
    Histogram all = uncounted.sinceLast();
    endToEnd.values().forEach(ofClass -> all.add(ofClass.sinceLast()));
    return all;
  }

  /// Of what was due in the measured interval, by class.
  Map<Priority, Histogram> endToEnd() {
    sinceLast();
    Map<Priority, Histogram> histograms = new EnumMap<>(Priority.class);
    endToEnd.forEach((priority, ofClass) -> histograms.put(priority, ofClass.sum));
    return histograms;
  }

  /// From sending to the receipt that it is stored. Once, at the end.
  Map<Priority, Histogram> stored() {
    Map<Priority, Histogram> histograms = new EnumMap<>(Priority.class);
    stored.forEach((priority, recorder) -> histograms.put(priority, recorder.sinceLast()));
    return histograms;
  }
}
