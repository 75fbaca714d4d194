package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.router.StepTimes;
import dev.aegis.gateway.router.Transition;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Arrays;
import java.util.List;

/// From accepted to a step: histograms for Prometheus, and their counts for `/status`. Thread-safe.
public final class StepHistograms implements StepTimes {
  private final StepHistogram stored;
  private final StepHistogram delivered;
  private final StepHistogram processed;

  public StepHistograms(PrometheusRegistry registry) {
    List<Guarantee> all = List.of(Guarantee.values());
    List<Guarantee> durable =
        Arrays.stream(Guarantee.values()).filter(Guarantee::isDurable).toList();
    stored =
        new StepHistogram(
            "aegis_message_stored_seconds", "From accepted to on disk, durable messages", durable);
    delivered =
        new StepHistogram(
            "aegis_message_delivered_seconds",
            "From accepted to the first delivery to the recipient's session",
            all);
    processed =
        new StepHistogram(
            "aegis_message_processed_seconds",
            "From accepted to processed by the recipient, on disk, durable messages",
            durable);
    List.of(stored, delivered, processed).forEach(registry::register);
  }

  private StepHistogram of(Transition step) {
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
  public void took(
      Transition step, Priority priority, Guarantee guarantee, long millis, long messages) {
    of(step).took(priority, guarantee, millis, messages);
  }

  /// As [StepHistogram#counts] of this step.
  long[] counts(Transition step) {
    return of(step).counts();
  }
}
