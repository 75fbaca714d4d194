package dev.aegis.gateway.telemetry;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MetricType;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// How long messages took to one step, by class and guarantee. Prometheus' own histogram takes one
/// at a time, with four counters each; here as many as took as long are one addition to two.
/// Recording allocates nothing and takes no lock. Thread-safe.
final class StepHistogram implements Collector {
  private static final long[] BOUNDS_MILLIS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000,
    3_600_000
  };

  /// One for each bound, which belongs to it, and one for everything above.
  static final int BUCKETS = BOUNDS_MILLIS.length + 1;

  /// A century. The sum is to bear clocks that are far off.
  private static final long MAX_MILLIS = 100L * 365 * 24 * 3_600_000;

  private static final double[] BOUNDS_SECONDS =
      LongStream.concat(Arrays.stream(BOUNDS_MILLIS), LongStream.of(Long.MAX_VALUE))
          .mapToDouble(StepHistogram::seconds)
          .toArray();

  private static final String CLASS_LABEL = "priority";
  private static final String GUARANTEE_LABEL = "guarantee";
  private static final Priority[] CLASSES = Priority.values();
  private static final Guarantee[] GUARANTEES = Guarantee.values();

  private final MetricMetadata metadata;
  private final Collection<Guarantee> guarantees;

  /// By [#place], the buckets of all guarantees, whether or not they are shown.
  private final LongAdder[] counts = adders(CLASSES.length * GUARANTEES.length * BUCKETS);

  private final LongAdder[] sumMillis = adders(CLASSES.length * GUARANTEES.length);

  /// @param guarantees whose messages make this step
  StepHistogram(String name, String help, Collection<Guarantee> guarantees) {
    this.metadata = new MetricMetadata(name, help);
    this.guarantees = List.copyOf(guarantees);
  }

  private static LongAdder[] adders(int count) {
    return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
  }

  private static double seconds(long millis) {
    return millis == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : millis / 1_000.0;
  }

  private static int place(Priority priority, Guarantee guarantee) {
    return priority.wire() * GUARANTEES.length + guarantee.wire();
  }

  private static int bucket(long millis) {
    int bucket = 0;
    while (bucket < BOUNDS_MILLIS.length && millis > BOUNDS_MILLIS[bucket]) {
      bucket++;
    }
    return bucket;
  }

  /// @param millis negative where a clock was set back: none
  /// @param messages how many took as long
  void took(Priority priority, Guarantee guarantee, long millis, long messages) {
    long counted = Math.clamp(millis, 0, MAX_MILLIS);
    int place = place(priority, guarantee);
    counts[place * BUCKETS + bucket(counted)].add(messages);
    sumMillis[place].add(counted * messages);
  }

  /// How many times each bucket has, all guarantees together: [#BUCKETS] of each class, in the
  /// order of [Priority#wire].
  long[] counts() {
    long[] sums = new long[CLASSES.length * BUCKETS];
    for (Priority priority : CLASSES) {
      for (Guarantee guarantee : GUARANTEES) {
        for (int i = 0; i < BUCKETS; i++) {
          sums[priority.wire() * BUCKETS + i] += count(place(priority, guarantee), i);
        }
      }
    }
    return sums;
  }

  /// The smallest bound that covers this share of the [#BUCKETS] counts from this place on: -1
  /// where there are none, [Long#MAX_VALUE] where it is above every bound.
  static long quantileMillis(long[] counts, int from, double share) {
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      total += counts[from + i];
    }
    if (total == 0) {
      return -1;
    }
    long wanted = (long) Math.ceil(total * share);
    long covered = 0;
    for (int i = 0; i < BOUNDS_MILLIS.length; i++) {
      covered += counts[from + i];
      if (covered >= wanted) {
        return BOUNDS_MILLIS[i];
      }
    }
    return Long.MAX_VALUE;
  }

  private long count(int place, int bucket) {
    return counts[place * BUCKETS + bucket].sum();
  }

  @Override
  public MetricFamilyDescriptor getMetricFamilyDescriptor() {
    return MetricFamilyDescriptor.of(
        MetricType.HISTOGRAM, metadata, List.of(GUARANTEE_LABEL, CLASS_LABEL));
  }

  @Override
  public HistogramSnapshot collect() {
    List<HistogramDataPointSnapshot> points = new ArrayList<>();
    for (Guarantee guarantee : guarantees) {
      for (Priority priority : CLASSES) {
        points.add(point(priority, guarantee));
      }
    }
    return new HistogramSnapshot(metadata, points);
  }

  private HistogramDataPointSnapshot point(Priority priority, Guarantee guarantee) {
    int place = place(priority, guarantee);
    long[] buckets = new long[BUCKETS];
    Arrays.setAll(buckets, i -> count(place, i));
    return HistogramDataPointSnapshot.builder()
        .labels(Labels.of(GUARANTEE_LABEL, guarantee.label(), CLASS_LABEL, priority.label()))
        .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS_SECONDS, buckets))
        .sum(sumMillis[place].sum() / 1_000.0)
        .build();
  }
}
