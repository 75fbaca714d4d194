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
    measurements.arrived(0, Priority.NORMAL, 500, 1_000_500);
    measurements.begin(1_000);
    measurements.arrived(3, Priority.NORMAL, 999, 9_000_000);
    measurements.arrived(1, Priority.NORMAL, 1_000, 5_001_000);
    measurements.arrived(2, Priority.CRITICAL, 1_500, 2_001_500);
    measurements.end(2_000);
    measurements.arrived(9, Priority.NORMAL, 1_999, 30_001_999);
    measurements.arrived(8, Priority.NORMAL, 2_000, 40_000_000);

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

  @Test
  void whatEachReceiverSawIsInOneHistogram() {
    measurements.sinceLast();
    for (int receiver = 0; receiver < 200; receiver++) {
      measurements.arrived(receiver, Priority.NORMAL, 0, (receiver + 1) * 1_000L);
    }
    Histogram all = measurements.sinceLast();
    assertThat(all.getTotalCount()).isEqualTo(200);
    assertThat(all.getMinValue()).isEqualTo(1);
    assertThat(all.getMaxValue()).isEqualTo(200);
    assertThat(all.getValueAtPercentile(50)).isEqualTo(100);
    assertThat(measurements.sinceLast().getTotalCount()).isZero();
  }
}
