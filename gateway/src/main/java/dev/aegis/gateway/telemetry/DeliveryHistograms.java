package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.router.GatewayCounters;
import dev.aegis.gateway.router.Histogram;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.BiFunction;

/// Shows the router's histograms to Prometheus, by class and guarantee. Reads them at a scrape.
final class DeliveryHistograms implements MultiCollector {
  private final GatewayCounters counters;

  DeliveryHistograms(GatewayCounters counters) {
    this.counters = counters;
  }

  @Override
  public MetricSnapshots collect() {
    return MetricSnapshots.of(
        snapshot(
            "aegis_message_stored_seconds",
            "From accepted to on disk, durable messages",
            counters::storedTimes,
            true),
        snapshot(
            "aegis_message_delivered_seconds",
            "From accepted to the first delivery to the recipient's session",
            counters::deliveredTimes,
            false),
        snapshot(
            "aegis_message_processed_seconds",
            "From accepted to processed by the recipient, on disk, durable messages",
            counters::processedTimes,
            true));
  }

  private static HistogramSnapshot snapshot(
      String name,
      String help,
      BiFunction<Priority, Guarantee, Histogram> times,
      boolean durableOnly) {
    HistogramSnapshot.Builder histogram = HistogramSnapshot.builder().name(name).help(help);
    for (Priority priority : Priority.values()) {
      for (Guarantee guarantee : Guarantee.values()) {
        if (guarantee.isDurable() || !durableOnly) {
          histogram.dataPoint(
              point(
                  Labels.of("guarantee", guarantee.label(), "priority", priority.label()),
                  times.apply(priority, guarantee)));
        }
      }
    }
    return histogram.build();
  }

  private static HistogramDataPointSnapshot point(Labels labels, Histogram times) {
    long[] bounds = Histogram.boundsMillis();
    double[] seconds = new double[bounds.length + 1];
    for (int i = 0; i < bounds.length; i++) {
      seconds[i] = bounds[i] / 1_000.0;
    }
    seconds[bounds.length] = Double.POSITIVE_INFINITY;
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(seconds, times.counts()))
        .sum(times.sumMillis() / 1_000.0)
        .build();
  }
}
