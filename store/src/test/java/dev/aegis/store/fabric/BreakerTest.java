package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BreakerTest {
  private final Breaker breaker = new Breaker(new Random(1));

  @Test
  void opensAfterSomeFailuresInARow() {
    breaker.failed(0);
    breaker.failed(0);
    breaker.succeeded();
    breaker.failed(0);
    breaker.failed(0);
    assertThat(breaker.open()).isFalse();
    breaker.failed(0);
    assertThat(breaker.open()).isTrue();
  }

  @Test
  void aLateAnswerDoesNotCloseIt() {
    breaker.trip(0);
    breaker.succeeded();
    assertThat(breaker.open()).isTrue();
  }

  @Test
  void probesOneAtATimeAtGrowingDistancesUpToABound() {
    breaker.trip(0);
    assertThat(breaker.probeDue(0)).isFalse();
    long now = 0;
    long longest = 0;
    for (int i = 0; i < 20; i++) {
      long before = now;
      while (!breaker.probeDue(now)) {
        now += TimeUnit.MILLISECONDS.toNanos(1);
      }
      longest = Math.max(longest, now - before);
      assertThat(breaker.probeDue(now + TimeUnit.HOURS.toNanos(1))).isFalse();
      assertThat(breaker.probed(false, now)).isFalse();
    }
    assertThat(longest)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(1_000), TimeUnit.MILLISECONDS.toNanos(2_001));
    assertThat(breaker.open()).isTrue();
    while (!breaker.probeDue(now)) {
      now += TimeUnit.MILLISECONDS.toNanos(1);
    }
    assertThat(breaker.probed(true, now)).isTrue();
    assertThat(breaker.open()).isFalse();
  }
}
