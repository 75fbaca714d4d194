package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final UUID ID = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);
  private static final long MILLI = 1_000_000;

  private final Pace pace = new Pace();

  @Test
  void isShortestUntilAReceiptTookLonger() {
    assertThat(pace.nanos()).isEqualTo(Pace.SHORTEST_NANOS);
    measure(ID, 2 * MILLI);
    assertThat(pace.nanos()).isEqualTo(Pace.SHORTEST_NANOS);
    measure(ID, 10 * MILLI);
    assertThat(pace.nanos()).isGreaterThan(Pace.SHORTEST_NANOS);
  }

  @Test
  void followsWhatReceiptsTakeUpAndDown() {
    for (int i = 0; i < 30; i++) {
      measure(ID, 4 * MILLI);
    }
    assertThat(pace.nanos()).isBetween(3_900_000L, 4_000_000L);
    for (int i = 0; i < 30; i++) {
      measure(ID, 2 * MILLI);
    }
    assertThat(pace.nanos()).isBetween(2_000_000L, 2_100_000L);
  }

  @Test
  void isNeverLongerThanItsBound() {
    for (int i = 0; i < 30; i++) {
      measure(ID, 60_000 * MILLI);
    }
    assertThat(pace.nanos()).isEqualTo(Pace.LONGEST_NANOS);
  }

  @Test
  void measuresOneMessageAtATime() {
    pace.written(ID, 0);
    pace.written(OTHER, 10 * MILLI);
    pace.answered(OTHER, 15 * MILLI);
    assertThat(pace.nanos()).isEqualTo(Pace.SHORTEST_NANOS);

    pace.answered(ID, 16 * MILLI);

    assertThat(pace.nanos()).isEqualTo(4 * MILLI);
  }

  private void measure(UUID id, long nanos) {
    pace.written(id, 0);
    pace.answered(id, nanos);
  }
}
