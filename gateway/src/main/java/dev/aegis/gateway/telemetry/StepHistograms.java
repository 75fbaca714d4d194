package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.router.StepTimes;
import dev.aegis.gateway.router.Transition;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.util.Arrays;

/// From accepted to a step, by class and guarantee: histograms for Prometheus, and their counts for
/// `/status`. They are Prometheus' own: a timer of Micrometer reads the clock for each record and
/// costs several times as much. Recording allocates nothing and takes no lock, but for the moment
/// in which the same histogram is being read. Thread-safe.
public final class StepHistograms implements StepTimes {
  private static final long[] BOUNDS_MILLIS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000,
    3_600_000
  };

  /// One for each bound, which belongs to it, and one for everything above.
  static final int BUCKETS = BOUNDS_MILLIS.length + 1;

  private static final String CLASS_LABEL = "priority";
  private static final Guarantee[] GUARANTEES = Guarantee.values();
  private static final Priority[] CLASSES = Priority.values();

  private final Step stored;
  private final Step delivered;
  private final Step processed;

  /// One histogram, and its parts by class and guarantee.
  private static final class Step {
    final Histogram histogram;
    final DistributionDataPoint[] points;

    Step(Histogram histogram, DistributionDataPoint... points) {
      this.histogram = histogram;
      this.points = points;
    }
  }

  public StepHistograms(PrometheusRegistry registry) {
    Guarantee[] durable =
        Arrays.stream(GUARANTEES).filter(Guarantee::isDurable).toArray(Guarantee[]::new);
    stored =
        step(
            registry,
            "aegis_message_stored_seconds",
            "From accepted to on disk, durable messages",
            durable);
    delivered =
        step(
            registry,
            "aegis_message_delivered_seconds",
            "From accepted to the first delivery to the recipient's session",
            GUARANTEES);
    processed =
        step(
            registry,
            "aegis_message_processed_seconds",
            "From accepted to processed by the recipient, on disk, durable messages",
            durable);
  }

  private static Step step(
      PrometheusRegistry registry, String name, String help, Guarantee... guarantees) {
    Histogram histogram =
        Histogram.builder()
            .name(name)
            .help(help)
            .labelNames("guarantee", CLASS_LABEL)
            .classicOnly()
            .classicUpperBounds(
                Arrays.stream(BOUNDS_MILLIS).mapToDouble(StepHistograms::seconds).toArray())
            .withoutExemplars()
            .register(registry);
    DistributionDataPoint[] points = new DistributionDataPoint[CLASSES.length * GUARANTEES.length];
    for (Priority priority : CLASSES) {
      for (Guarantee guarantee : guarantees) {
        points[place(priority, guarantee)] =
            histogram.labelValues(guarantee.label(), priority.label());
      }
    }
    return new Step(histogram, points);
  }

  private static double seconds(long millis) {
    return millis / 1_000.0;
  }

  private static int place(Priority priority, Guarantee guarantee) {
    return priority.wire() * GUARANTEES.length + guarantee.wire();
  }

  private Step of(Transition step) {
    return switch (step) {
      case STORED -> stored;
      case DELIVERED -> delivered;
      case PROCESSED -> processed;
      case ACCEPTED,
          RETURNED,
          RETRIED,
          FAILED,
          EXPIRED,
          DEAD,
          REDRIVEN,
          DISCARDED,
          REDELIVERED,
          MOVED ->
          throw new IllegalArgumentException("no times of " + step);
    };
  }

  @Override
  public void took(Transition step, Priority priority, Guarantee guarantee, long millis) {
    of(step).points[place(priority, guarantee)].observe(seconds(Math.max(0, millis)));
  }

  /// How many times each bucket has, all guarantees together: [#BUCKETS] of each class, in the
  /// order of [Priority#wire].
  long[] counts(Transition step) {
    long[] counts = new long[CLASSES.length * BUCKETS];
    HistogramSnapshot snapshot = of(step).histogram.collect();
    for (var point : snapshot.getDataPoints()) {
      String label = point.getLabels().get(CLASS_LABEL);
      for (Priority priority : CLASSES) {
        if (priority.label().equals(label)) {
          for (int i = 0; i < BUCKETS; i++) {
            counts[priority.wire() * BUCKETS + i] += point.getClassicBuckets().getCount(i);
          }
        }
      }
    }
    return counts;
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
}
