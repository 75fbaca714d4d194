package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Priority;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
  private final Measurements measurements =
      new Measurements(List.of(Priority.NORMAL, Priority.CRITICAL));

  /// What was due before the interval is warm-up, however late it comes; what was due in it counts,
  /// however late it comes.
  @Test
  void aLatencyBelongsToTheIntervalInWhichItsMessageWasDue() {
    measurements.arrived(Priority.NORMAL, 500, 1_000_500);
    measurements.begin(1_000);
    measurements.arrived(Priority.NORMAL, 999, 9_000_000);
    measurements.arrived(Priority.NORMAL, 1_000, 5_001_000);
    measurements.arrived(Priority.CRITICAL, 1_500, 2_001_500);
    measurements.end(2_000);
    measurements.arrived(Priority.NORMAL, 1_999, 30_001_999);
    measurements.arrived(Priority.NORMAL, 2_000, 40_000_000);

    Map<Priority, Histogram> latencies = measurements.endToEnd();
    assertThat(latencies.get(Priority.NORMAL))
        .satisfies(normal -> {
          assertThat(normal.getTotalCount()).isEqualTo(2);
          assertThat(normal.getMinValue()).isBetween(4_990L, 5_010L);
          assertThat(normal.getMaxValue()).isBetween(29_950L, 30_050L);
        });
    assertThat(latencies.get(Priority.CRITICAL))
        .satisfies(critical -> assertThat(critical.getTotalCount()).isEqualTo(1));
    assertThat(measurements.arrivals()).isEqualTo(6);
  }
}
