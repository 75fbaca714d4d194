package dev.aegis.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.admission.RateLimiter.Sender;
import dev.aegis.protocol.Priority;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final long SECOND = 1_000_000_000;
  private static final Rate PLENTY = new Rate(1_000_000, 1_000_000);

  private long now = 5;

  private @Nullable Excess take(RateLimiter limiter, String type, Priority priority) {
    return limiter.take("alice", Sender.SESSION, type, priority, now);
  }

  private int passes(RateLimiter limiter, String type, Priority priority) {
    int passed = 0;
    while (take(limiter, type, priority) == null) {
      passed++;
    }
    return passed;
  }

  @Test
  void limitsAnAgentAndSaysWhenToTryAgain() {
    RateLimiter limiter = new RateLimiter(new Rates(new Rate(10, 3), PLENTY, PLENTY), 100);
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(3);
    assertThat(take(limiter, "other", Priority.LOW))
        .isEqualTo(new Excess("too many messages", 100));
    now += SECOND / 10;
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(1);
    assertThat(limiter.take("bob", Sender.SESSION, "t", Priority.NORMAL, now)).isNull();
  }

  @Test
  void limitsATypeByItsOwnRate() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(PLENTY, new Rate(1, 5), PLENTY, Map.of("rare", new Rate(1, 2)), null), 100);
    assertThat(passes(limiter, "rare", Priority.NORMAL)).isEqualTo(2);
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(5);
    assertThat(passes(limiter, "u", Priority.LOW)).isEqualTo(5);
  }

  @Test
  void typesWithoutARateShareOneBeyondTheirBound() {
    RateLimiter limiter = new RateLimiter(new Rates(PLENTY, new Rate(1, 1), PLENTY), 100);
    for (int i = 0; i < RateLimiter.MAX_TYPES; i++) {
      assertThat(take(limiter, "t" + i, Priority.NORMAL)).isNull();
    }
    assertThat(take(limiter, "one more", Priority.NORMAL)).isNull();
    assertThat(take(limiter, "and another", Priority.NORMAL)).isNotNull();
  }

  @Test
  void urgentMessagesPassEveryLimitButTheirOwn() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(new Rate(1, 1), new Rate(1, 1), new Rate(10, 50))
                .withQuota(new Quota(1, Duration.ofHours(1))),
            100);
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(1);
    assertThat(passes(limiter, "t", Priority.CRITICAL)).isEqualTo(50);
    assertThat(take(limiter, "t", Priority.HIGH))
        .isEqualTo(new Excess("too many messages of class critical and high", 100));
  }

  @Test
  void urgentMessagesTakeNothingFromTheOthers() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(new Rate(1, 2), new Rate(1, 2), new Rate(1, 10))
                .withQuota(new Quota(2, Duration.ofHours(1))),
            100);
    assertThat(passes(limiter, "t", Priority.HIGH)).isEqualTo(10);
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(2);
  }

  @Test
  void aQuotaHoldsOverItsWindowHoweverSlowTheyCome() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(PLENTY, PLENTY, PLENTY).withQuota(new Quota(100, Duration.ofMinutes(32))),
            100);
    for (int i = 0; i < 100; i++) {
      assertThat(take(limiter, "t" + i % 7, Priority.NORMAL)).isNull();
      now += SECOND;
    }
    Excess excess = take(limiter, "t", Priority.LOW);
    assertThat(excess).isNotNull();
    assertThat(excess.reason()).isEqualTo("the quota is used up");
    // The first minute's messages leave together, a slot of one minute after the window.
    assertThat(excess.waitMillis()).isEqualTo((33 * 60 - 100) * 1_000);
    now += excess.waitMillis() * 1_000_000;
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(60);
  }

  @Test
  void aRefusedMessageTakesNothing() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(new Rate(1, 5), new Rate(1, 5), PLENTY, Map.of("rare", new Rate(1, 1)), null)
                .withQuota(new Quota(5, Duration.ofHours(1))),
            100);
    assertThat(passes(limiter, "rare", Priority.NORMAL)).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      assertThat(take(limiter, "rare", Priority.NORMAL)).isNotNull();
    }
    assertThat(passes(limiter, "t", Priority.NORMAL)).isEqualTo(4);
  }

  @Test
  void theNumberOfAgentsIsBoundedAndWhoUsedTheirQuotaIsNotForgottenFirst() {
    RateLimiter limiter =
        new RateLimiter(
            new Rates(PLENTY, PLENTY, PLENTY).withQuota(new Quota(1, Duration.ofHours(1))), 8);
    assertThat(take(limiter, "t", Priority.NORMAL)).isNull();
    for (int i = 0; i < 6; i++) {
      limiter.take("idle" + i, Sender.SESSION, "t", Priority.CRITICAL, now);
    }
    now += SECOND; // those are as good as new, alice is not
    for (int i = 0; i < 8; i++) {
      limiter.take("late" + i, Sender.SESSION, "t", Priority.CRITICAL, now);
      now += SECOND;
    }
    assertThat(limiter.principals()).isLessThanOrEqualTo(8);
    assertThat(take(limiter, "t", Priority.NORMAL)).isNotNull();
    for (int i = 0; i < 100; i++) {
      limiter.take("busy" + i, Sender.SESSION, "t", Priority.NORMAL, now);
    }
    assertThat(limiter.principals()).isLessThanOrEqualTo(8);
  }
}
