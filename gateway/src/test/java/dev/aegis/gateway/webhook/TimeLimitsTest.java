package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.RetrySettings;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TimeLimitsTest {
  @Test
  void aRequestEndsBeforeItsMessageCountsAsFailed() {
    TimeLimits limits = limits(30, 10);
    assertThat(limits.of(message(Map.of()))).isEqualTo(Duration.ofSeconds(9));
    assertThat(limits.of(message(Map.of("timeout", "1")))).isEqualTo(Duration.ofMillis(900));
    assertThat(limits.of(message(Map.of("timeout", "20")))).isEqualTo(Duration.ofSeconds(18));
    assertThat(limits.of(message(Map.of("timeout", "999999999"))))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(limits.of(message(Map.of("timeout", "soon")))).isEqualTo(Duration.ofSeconds(9));
    assertThat(limits.held(message(Map.of("timeout", "100")))).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void aServerFailsWhereItHadTheTimeThatMessagesUsuallyGive() {
    TimeLimits limits = limits(30, 120);
    assertThat(limits.isWhole(limits.of(message(Map.of())))).isTrue();
    assertThat(limits.isWhole(limits.of(message(Map.of("timeout", "60"))))).isTrue();
    assertThat(limits.isWhole(limits.of(message(Map.of("timeout", "1"))))).isFalse();
    TimeLimits shorter = limits(30, 10);
    assertThat(shorter.isWhole(shorter.of(message(Map.of())))).isTrue();
    assertThat(shorter.isWhole(shorter.of(message(Map.of("timeout", "9"))))).isFalse();
  }

  private static TimeLimits limits(int longestSeconds, int ackTimeoutSeconds) {
    return new TimeLimits(
        Duration.ofSeconds(longestSeconds),
        new RetrySettings(5, ackTimeoutSeconds * 1_000L, 1_000, 300_000, 5, 8));
  }

  private static byte[] message(Map<String, String> metadata) {
    return EnvelopeCodec.encode(
        Message.builder(Kind.EVENT, new UUID(0, 1), "alice", "bob", "task")
            .metadata(metadata)
            .build());
  }
}
