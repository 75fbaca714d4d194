package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private final Histogram histogram = new Histogram();

  @Test
  void countsATimeInTheFirstBucketThatHoldsIt() {
    long[] bounds = Histogram.boundsMillis();
    for (long bound : bounds) {
      histogram.record(bound);
      histogram.record(bound + 1);
    }
    long[] expected = new long[bounds.length + 1];
    Arrays.fill(expected, 2);
    // 1 and, as 1 + 1, 2 stand close: 2 falls with the second bound, and the first has one.
    expected[0] = 1;
    expected[bounds.length] = 1;
    assertThat(histogram.counts()).isEqualTo(expected);
    assertThat(histogram.sumMillis()).isEqualTo(2 * Arrays.stream(bounds).sum() + bounds.length);
  }

  @Test
  void aTimeBeforeItsStartIsNone() {
    histogram.record(-5);
    assertThat(histogram.counts()[0]).isEqualTo(1);
    assertThat(histogram.sumMillis()).isZero();
  }

  @Test
  void aQuantileIsTheBoundThatCoversIt() {
    assertThat(quantile(0.5)).isEqualTo(-1);
    for (int i = 0; i < 99; i++) {
      histogram.record(3);
    }
    histogram.record(700);
    assertThat(quantile(0.5)).isEqualTo(5);
    assertThat(quantile(0.99)).isEqualTo(5);
    assertThat(quantile(0.995)).isEqualTo(1_000);
    histogram.record(Long.MAX_VALUE / 2);
    assertThat(quantile(1)).isEqualTo(Long.MAX_VALUE);
  }

  private long quantile(double share) {
    return Histogram.quantileMillis(histogram.counts(), 0, share);
  }
}
