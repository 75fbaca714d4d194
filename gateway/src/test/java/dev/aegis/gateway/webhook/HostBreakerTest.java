package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class HostBreakerTest {
  private static final long FIRST = 10_000;

  private final HostBreaker breaker = new HostBreaker(FIRST, new SplittableRandom(1));

  @Test
  void opensAfterFiveFailuresInARowAndSaysSoOnce() {
    for (int i = 1; i < 5; i++) {
      assertThat(breaker.failed(true, 0)).isFalse();
      assertThat(breaker.take(8, 0)).isEqualTo(8);
    }
    assertThat(breaker.failed(true, 0)).isTrue();
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.take(8, 0)).isZero();
    assertThat(breaker.failed(true, 0)).isFalse();
  }

  @Test
  void aSuccessInBetweenBeginsAnew() {
    for (int i = 0; i < 20; i++) {
      assertThat(breaker.failed(true, 0)).isFalse();
      if (i % 4 == 3) {
        breaker.succeeded();
      }
    }
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void triesOneAtATimeUntilOneSucceeds() {
    open();
    assertThat(breaker.admits(FIRST / 2 - 1)).isFalse();
    assertThat(breaker.admits(FIRST)).isTrue();
    assertThat(breaker.take(8, FIRST)).isEqualTo(1);
    assertThat(breaker.take(8, FIRST)).isZero();
    breaker.succeeded();
    assertThat(breaker.take(8, FIRST)).isEqualTo(8);
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void aTryThatWasNotMadeIsGivenBack() {
    open();
    assertThat(breaker.take(8, FIRST)).isEqualTo(1);
    breaker.unused();
    assertThat(breaker.take(8, FIRST)).isEqualTo(1);
  }

  @Test
  void triesComeAtGrowingDistancesUpToABound() {
    open();
    long now = FIRST;
    long distance = 0;
    for (int i = 0; i < 12; i++) {
      assertThat(breaker.take(1, now)).isEqualTo(1);
      assertThat(breaker.failed(true, now)).isFalse();
      distance = 0;
      while (!breaker.admits(now + distance)) {
        distance += 100;
      }
      assertThat(distance).isLessThanOrEqualTo(300_000);
      now += distance;
    }
    assertThat(distance).isGreaterThanOrEqualTo(150_000);
  }

  /// Answers to what was under way when it opened say nothing new.
  @Test
  void lateFailuresDoNotPutTheNextTryOff() {
    open();
    for (int i = 0; i < 8; i++) {
      breaker.failed(true, FIRST - 1);
    }
    assertThat(breaker.admits(FIRST)).isTrue();
  }

  @Test
  void whatSaysNothingOfTheHostDoesNotOpenItAndDoesNotProveItWell() {
    for (int i = 0; i < 20; i++) {
      assertThat(breaker.failed(false, 0)).isFalse();
    }
    assertThat(breaker.isOpen()).isFalse();
    open();
    assertThat(breaker.take(8, FIRST)).isEqualTo(1);
    breaker.failed(false, FIRST);
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.take(8, FIRST)).isZero();
  }

  private void open() {
    for (int i = 0; i < 5; i++) {
      breaker.failed(true, 0);
    }
    assertThat(breaker.isOpen()).isTrue();
  }
}
