package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// How progress moves a deadline, in virtual time.
class DeadlineTest {
  @Test
  void passesAfterTheIdleTimeWithoutASign() {
    Deadline deadline = new Deadline(5, 1_000, 100);
    assertThat(deadline.leftNanos(5)).isEqualTo(100);
    assertThat(deadline.leftNanos(105)).isZero();
    assertThat(deadline.isAtCap()).isFalse();
  }

  @Test
  void movesWithEachSignUpToTheCap() {
    Deadline deadline = new Deadline(0, 250, 100);
    deadline.extend(90);
    assertThat(deadline.leftNanos(90)).isEqualTo(100);
    deadline.extend(180);
    assertThat(deadline.leftNanos(180)).isEqualTo(70);
    assertThat(deadline.isAtCap()).isTrue();
    deadline.extend(240);
    assertThat(deadline.leftNanos(250)).isZero();
  }

  @Test
  void isAtItsCapFromTheStartWhereBothAreTheSame() {
    assertThat(new Deadline(0, 100, 100).isAtCap()).isTrue();
  }

  @Test
  void standsAClockThatWrapsAround() {
    Deadline deadline = new Deadline(Long.MAX_VALUE - 10, 1_000, 100);
    assertThat(deadline.leftNanos(Long.MAX_VALUE - 10)).isEqualTo(100);
    deadline.extend(Long.MIN_VALUE + 50);
    assertThat(deadline.leftNanos(Long.MIN_VALUE + 50)).isEqualTo(100);
  }
}
