package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {
  private static final long START = 5_000_000_000L;

  @Test
  void spreadsMessagesEvenly() {
    Pacer pacer = new Pacer(START, 1_000);
    assertThat(pacer.dueNanos(0)).isEqualTo(START);
    assertThat(pacer.dueNanos(1)).isEqualTo(START + 1_000_000);
    assertThat(pacer.dueNanos(1_000)).isEqualTo(START + 1_000_000_000);
  }

  @Test
  void countsWhatIsDue() {
    Pacer pacer = new Pacer(START, 1_000);
    assertThat(pacer.dueBy(START - 1)).isZero();
    assertThat(pacer.dueBy(START)).isEqualTo(1);
    assertThat(pacer.dueBy(START + 999_999)).isEqualTo(1);
    assertThat(pacer.dueBy(START + 1_000_000)).isEqualTo(2);
  }

  /// A sender that is held up for a second finds a thousand messages due, each from its own time:
  /// the wait is in their latencies.
  @Test
  void aStallDoesNotMoveTheSchedule() {
    Pacer pacer = new Pacer(START, 1_000);
    long afterStall = START + 1_000_000_000L;
    assertThat(pacer.dueBy(afterStall)).isEqualTo(1_001);
    assertThat(afterStall - pacer.dueNanos(1)).isEqualTo(999_000_000);
    assertThat(afterStall - pacer.dueNanos(500)).isEqualTo(500_000_000);
    assertThat(afterStall - pacer.dueNanos(1_000)).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 1, 3, 7, 333.3, 10_000, 1_234_567})
  void dueByAgreesWithDueNanosForEveryMessage(double rate) {
    Pacer pacer = new Pacer(START, rate);
    for (long n = 0; n < 5_000; n++) {
      assertThat(pacer.dueBy(pacer.dueNanos(n))).isGreaterThan(n);
      assertThat(pacer.dueBy(pacer.dueNanos(n) - 1)).isLessThanOrEqualTo(n);
    }
  }

  @Test
  void doesNotOverflowInADay() {
    Pacer pacer = new Pacer(Long.MAX_VALUE / 2, 1e6);
    long messages = 86_400L * 1_000_000;
    assertThat(pacer.dueNanos(messages) - pacer.startNanos()).isEqualTo(86_400L * 1_000_000_000);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void refusesARateThatIsNone(double rate) {
    assertThatThrownBy(() -> new Pacer(START, rate)).isInstanceOf(IllegalArgumentException.class);
  }
}
