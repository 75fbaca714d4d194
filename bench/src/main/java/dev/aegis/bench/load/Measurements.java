package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// What receivers and receipts report while a run goes on. Latencies are in microseconds, of the
/// messages that were to be sent in the measured interval. Any thread.
final class Measurements {
  private static final long MAX_MICROS = TimeUnit.HOURS.toMicros(1);

  private final Map<Priority, StripedRecorder> endToEnd = new EnumMap<>(Priority.class);
  private final Map<Priority, StripedRecorder> stored = new EnumMap<>(Priority.class);

  /// From what is due before the measured interval, or behind it, or of no class.
  private final StripedRecorder uncounted = recorder();

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
    StripedRecorder ofClass = counts(intendedNanos) ? endToEnd.get(priority) : null;
    (ofClass == null ? uncounted : ofClass).record(receiver, micros(nowNanos - intendedNanos));
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
    return arrived().mapToLong(StripedRecorder::count).sum();
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
    Histogram all = new Histogram(MAX_MICROS, StripedRecorder.DIGITS);
    arrived().map(StripedRecorder::sinceLast).forEach(all::add);
    return all;
  }

  private Stream<StripedRecorder> arrived() {
    return Stream.concat(Stream.of(uncounted), endToEnd.values().stream());
  }

  /// Of what was due in the measured interval, by class.
  Map<Priority, Histogram> endToEnd() {
    return all(endToEnd);
  }

  /// From sending to the receipt that it is stored.
  Map<Priority, Histogram> stored() {
    return all(stored);
  }

  private static Map<Priority, Histogram> all(Map<Priority, StripedRecorder> recorders) {
    Map<Priority, Histogram> histograms = new EnumMap<>(Priority.class);
    recorders.forEach((priority, recorder) -> histograms.put(priority, recorder.all()));
    return histograms;
  }
}
