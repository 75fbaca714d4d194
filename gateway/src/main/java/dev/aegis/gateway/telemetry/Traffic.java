package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.router.GatewayCounters;
import dev.aegis.gateway.router.Transition;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Journal;
import dev.aegis.store.JournalState;
import java.util.LinkedHashMap;
import java.util.Map;

/// Throughput and times of the last seconds, for `/status`. Thread-safe.
final class Traffic {
  private static final Priority[] CLASSES = Priority.values();
  private static final Guarantee[] GUARANTEES = Guarantee.values();
  private static final int BUCKETS = StepHistogram.BUCKETS;

  // Where each counter stands in a sample.
  private static final int IN = 0;
  private static final int OUT = IN + CLASSES.length;
  private static final int SEGMENTS = OUT + CLASSES.length;
  private static final int ENTRIES = SEGMENTS + 1;
  private static final int STORED = ENTRIES + 1;
  private static final int DELIVERED = STORED + BUCKETS;
  private static final int LENGTH = DELIVERED + CLASSES.length * BUCKETS;

  private final GatewayCounters counters;
  private final StepHistograms times;
  private final Journal journal;
  private final RecentRates rates = new RecentRates(this::read);

  Traffic(GatewayCounters counters, StepHistograms times, Journal journal) {
    this.counters = counters;
    this.times = times;
    this.journal = journal;
  }

  void sample(long nanos) {
    rates.sample(nanos);
  }

  private long[] read() {
    long[] values = new long[LENGTH];
    for (Priority priority : CLASSES) {
      int lane = priority.wire();
      for (Guarantee guarantee : GUARANTEES) {
        values[IN + lane] += counters.received(priority, guarantee);
        values[OUT + lane] += counters.transitions(Transition.DELIVERED, priority, guarantee);
      }
    }
    long[] stored = times.counts(Transition.STORED);
    for (int i = 0; i < stored.length; i++) {
      values[STORED + i % BUCKETS] += stored[i];
    }
    long[] delivered = times.counts(Transition.DELIVERED);
    System.arraycopy(delivered, 0, values, DELIVERED, delivered.length);
    JournalState state = journal.state();
    values[SEGMENTS] = state.committedSegment();
    values[ENTRIES] = state.committedEntries();
    return values;
  }

  /// Messages per second that came in and went out, by class, over ten seconds and over a minute.
  Map<String, Object> throughput() {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (int seconds : new int[] {10, 60}) {
      RecentRates.Growth growth = rates.over(seconds);
      Map<String, Object> span = new LinkedHashMap<>();
      span.put("inPerSecond", byClass(growth, IN));
      span.put("outPerSecond", byClass(growth, OUT));
      shown.put("last" + seconds + "s", span);
    }
    return shown;
  }

  private static Map<String, Object> byClass(RecentRates.Growth growth, int from) {
    Map<String, Object> shown = new LinkedHashMap<>();
    double total = 0;
    for (Priority priority : CLASSES) {
      double rate = growth.perSecond(from + priority.wire());
      shown.put(priority.label(), rounded(rate));
      total += rate;
    }
    shown.put("total", rounded(total));
    return shown;
  }

  /// Adds how fast the journal was over the last ten seconds, and how long messages of the last
  /// minute waited for their commit.
  void addJournalTo(Map<String, Object> shown) {
    RecentRates.Growth ten = rates.over(10);
    shown.put("segmentsPerSecond", rounded(ten.perSecond(SEGMENTS)));
    shown.put("entriesPerSecond", rounded(ten.perSecond(ENTRIES)));
    shown.put("commitMillis", quantiles(rates.over(60).by(), STORED));
  }

  /// From accepted to the first delivery, by class, of the last minute.
  Map<String, Object> deliveryMillis() {
    long[] minute = rates.over(60).by();
    Map<String, Object> shown = new LinkedHashMap<>();
    for (Priority priority : CLASSES) {
      shown.put(priority.label(), quantiles(minute, DELIVERED + priority.wire() * BUCKETS));
    }
    return shown;
  }

  /// Bounds, not values: half of the messages took no longer than `p50`. Empty without messages.
  private static Map<String, Object> quantiles(long[] counts, int from) {
    Map<String, Object> shown = new LinkedHashMap<>();
    quantile(shown, "p50", StepHistogram.quantileMillis(counts, from, 0.5));
    quantile(shown, "p99", StepHistogram.quantileMillis(counts, from, 0.99));
    return shown;
  }

  private static void quantile(Map<String, Object> shown, String name, long millis) {
    if (millis == Long.MAX_VALUE) {
      shown.put(name, "over an hour");
    } else if (millis >= 0) {
      shown.put(name, millis);
    }
  }

  private static double rounded(double rate) {
    return Math.round(rate * 10) / 10.0;
  }
}
