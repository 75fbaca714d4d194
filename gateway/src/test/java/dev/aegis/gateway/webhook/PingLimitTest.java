package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PingLimitTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final PingLimit limit = new PingLimit();

  @Test
  void anOrganizationTriesTenInARowAndThenOneASecond() {
    for (int i = 0; i < 10; i++) {
      assertThat(tried("left", 0)).isZero();
    }
    assertThat(tried("left", 0)).isBetween(1L, 1_000L);
    assertThat(tried("right", 0)).isZero();
    assertThat(tried("left", SECOND)).isZero();
    assertThat(tried("left", SECOND)).isPositive();
  }

  @Test
  void whatIsSlowToAnswerIsTriedByFewAtATime() {
    for (int i = 0; i < 8; i++) {
      assertThat(limit.begin("left", 0)).isZero();
    }
    assertThat(limit.begin("left", 0)).isPositive();
    assertThat(limit.begin("right", 0)).isZero();
    limit.end("left");
    assertThat(limit.begin("left", 0)).isZero();
  }

  @Test
  void allTogetherAreNoMoreThanThereAreConnectionsFor() {
    for (int i = 0; i < PingLimit.AT_ONCE; i++) {
      assertThat(limit.begin("o" + i / 8, 0)).isZero();
    }
    assertThat(limit.begin("another", 0)).isPositive();
    limit.end("o0");
    assertThat(limit.begin("another", 0)).isZero();
  }

  private long tried(String organization, long nowNanos) {
    long wait = limit.begin(organization, nowNanos);
    if (wait == 0) {
      limit.end(organization);
    }
    return wait;
  }
}
