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

  private final Map<Priority, StripedRecorder> endToEnd = new EnumMap<>(Priority.class);
  private final Map<Priority, StripedRecorder> stored = new EnumMap<>(Priority.class);
  private final StripedRecorder progress = recorder();
  private final LongAdder arrivals = new LongAdder();
  private final LongAdder receipts = new LongAdder();
  private final LongAdder processed = new LongAdder();
  private final LongAdder unsent = new LongAdder();
  private volatile long fromNanos = Long.MAX_VALUE;
  private volatile long untilNanos = Long.MAX_VALUE;

  Measurements(List<Priority> classes) {
    classes.forEach(priority -> {
      endToEnd.put(priority, recorder());
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
    long micros = micros(nowNanos - intendedNanos);
    progress.record(receiver, micros);
    StripedRecorder ofClass = endToEnd.get(priority);
    if (ofClass != null && counts(intendedNanos)) {
      ofClass.record(receiver, micros);
    }
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

  /// Since the last call.
  Histogram sinceLast() {
    return progress.sinceLast();
  }

  /// Once, at the end.
  Map<Priority, Histogram> endToEnd() {
    return histograms(endToEnd);
  }

  /// From sending to the receipt that it is stored. Once, at the end.
  Map<Priority, Histogram> stored() {
    return histograms(stored);
  }

  private static Map<Priority, Histogram> histograms(Map<Priority, StripedRecorder> recorders) {
    Map<Priority, Histogram> histograms = new EnumMap<>(Priority.class);
    recorders.forEach((priority, recorder) -> histograms.put(priority, recorder.sinceLast()));
    return histograms;
  }
}
