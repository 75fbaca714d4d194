package dev.aegis.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.router.Transition;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepHistogramsTest {
  private static final List<Long> BOUNDS_MILLIS =
      List.of(
          1L,
          2L,
          5L,
          10L,
          20L,
          50L,
          100L,
          200L,
          500L,
          1_000L,
          2_000L,
          5_000L,
          10_000L,
          30_000L,
          60_000L,
          300_000L,
          3_600_000L);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final StepHistograms times = new StepHistograms(registry.getPrometheusRegistry());

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void countsATimeInTheFirstBucketThatHoldsIt() {
    for (long bound : BOUNDS_MILLIS) {
      took(bound);
      took(bound + 1);
    }
    long[] expected = new long[BOUNDS_MILLIS.size() + 1];
    Arrays.fill(expected, 2);
    // 1 and, as 1 + 1, 2 stand close: 2 falls with the second bound, and the first has one.
    expected[0] = 1;
    expected[BOUNDS_MILLIS.size()] = 1;
    assertThat(counts()).isEqualTo(expected);
  }

  @Test
  void countsOfAClassAreThoseOfAllItsGuarantees() {
    for (Guarantee guarantee : Guarantee.values()) {
      times.took(Transition.DELIVERED, Priority.NORMAL, guarantee, 4, 1);
    }
    times.took(Transition.DELIVERED, Priority.LOW, Guarantee.BEST_EFFORT, 4, 1);
    times.took(Transition.PROCESSED, Priority.NORMAL, Guarantee.AT_LEAST_ONCE, 4, 1);
    assertThat(counts()[2]).isEqualTo(3);
    assertThat(Arrays.stream(counts()).sum()).isEqualTo(3);
  }

  @Test
  void manyThatTookAsLongCountAsSoMany() {
    times.took(Transition.DELIVERED, Priority.NORMAL, Guarantee.BEST_EFFORT, 1_500, 200);
    times.took(Transition.DELIVERED, Priority.NORMAL, Guarantee.BEST_EFFORT, 3, 2);
    assertThat(counts()[2]).isEqualTo(2);
    assertThat(counts()[10]).isEqualTo(200);
    assertThat(scrape("delivered", "count", Guarantee.BEST_EFFORT)).isEqualTo("202");
    assertThat(scrape("delivered", "sum", Guarantee.BEST_EFFORT)).isEqualTo("300.006");
  }

  @Test
  void aTimeBeforeItsStartIsNone() {
    took(-5);
    assertThat(counts()[0]).isEqualTo(1);
    assertThat(scrape("delivered", "sum", Guarantee.AT_LEAST_ONCE)).isEqualTo("0.0");
  }

  @Test
  void aQuantileIsTheBoundThatCoversIt() {
    assertThat(quantile(0.5)).isEqualTo(-1);
    for (int i = 0; i < 99; i++) {
      took(3);
    }
    took(700);
    assertThat(quantile(0.5)).isEqualTo(5);
    assertThat(quantile(0.99)).isEqualTo(5);
    assertThat(quantile(0.995)).isEqualTo(1_000);
    took(Long.MAX_VALUE / 2);
    assertThat(quantile(1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void prometheusSeesSecondsInCumulativeBuckets() {
    times.took(Transition.STORED, Priority.HIGH, Guarantee.EXACTLY_ONCE, 1, 1);
    times.took(Transition.STORED, Priority.HIGH, Guarantee.EXACTLY_ONCE, 1_500, 1);
    times.took(Transition.STORED, Priority.HIGH, Guarantee.EXACTLY_ONCE, 7_200_000, 1);
    String series =
        "aegis_message_stored_seconds_bucket{guarantee=\"exactly-once\",priority=\"high\"";
    assertThat(registry.scrape().lines().filter(line -> line.startsWith(series)))
        .containsExactly(
            series + ",le=\"0.001\"} 1",
            series + ",le=\"0.002\"} 1",
            series + ",le=\"0.005\"} 1",
            series + ",le=\"0.01\"} 1",
            series + ",le=\"0.02\"} 1",
            series + ",le=\"0.05\"} 1",
            series + ",le=\"0.1\"} 1",
            series + ",le=\"0.2\"} 1",
            series + ",le=\"0.5\"} 1",
            series + ",le=\"1.0\"} 1",
            series + ",le=\"2.0\"} 2",
            series + ",le=\"5.0\"} 2",
            series + ",le=\"10.0\"} 2",
            series + ",le=\"30.0\"} 2",
            series + ",le=\"60.0\"} 2",
            series + ",le=\"300.0\"} 2",
            series + ",le=\"3600.0\"} 2",
            series + ",le=\"+Inf\"} 3");
    assertThat(registry.scrape()).contains("# TYPE aegis_message_stored_seconds histogram");
  }

  @Test
  void bestEffortMessagesAreNeitherStoredNorProcessed() {
    assertThat(scrape("delivered", "count", Guarantee.BEST_EFFORT)).isEqualTo("0");
    assertThat(scrape("stored", "count", Guarantee.AT_LEAST_ONCE)).isEqualTo("0");
    assertThat(scrape("stored", "count", Guarantee.BEST_EFFORT)).isEmpty();
    assertThat(scrape("processed", "count", Guarantee.BEST_EFFORT)).isEmpty();
  }

  private void took(long millis) {
    times.took(Transition.DELIVERED, Priority.NORMAL, Guarantee.AT_LEAST_ONCE, millis, 1);
  }

  private long[] counts() {
    long[] all = times.counts(Transition.DELIVERED);
    int from = Priority.NORMAL.wire() * StepHistogram.BUCKETS;
    assertThat(all).hasSize(Priority.values().length * StepHistogram.BUCKETS);
    return Arrays.copyOfRange(all, from, from + StepHistogram.BUCKETS);
  }

  private long quantile(double share) {
    return StepHistogram.quantileMillis(counts(), 0, share);
  }

  /// The value of one series of class normal; empty where there is none.
  private String scrape(String step, String what, Guarantee guarantee) {
    String series =
        "aegis_message_"
            + step
            + "_seconds_"
            + what
            + "{guarantee=\""
            + guarantee.label()
            + "\",priority=\"normal\"} ";
    return registry
        .scrape()
        .lines()
        .filter(line -> line.startsWith(series))
        .map(line -> line.substring(series.length()))
        .findFirst()
        .orElse("");
  }
}
