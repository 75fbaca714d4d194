package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class Uuid7Test {
  private static final Instant NOW = Instant.ofEpochMilli(0x0123_4567_89ABL);

  private final Uuid7 ids = new Uuid7(() -> NOW, new SplittableRandom(1));

  @Test
  void saysVersionVariantAndTime() {
    UUID id = ids.next();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(Uuid7.millis(id)).isEqualTo(NOW.toEpochMilli());
  }

  @Test
  void ascendsEvenWhereTheClockStandsStill() {
    UUID last = ids.next();
    for (int i = 0; i < 10_000; i++) {
      UUID next = ids.next();
      assertThat(Long.compareUnsigned(next.getMostSignificantBits(), last.getMostSignificantBits()))
          .isPositive();
      last = next;
    }
  }

  @Test
  void onlyVersion7HasATime() {
    assertThatThrownBy(() -> Uuid7.millis(new UUID(0x4000, 1L << 63)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 7");
  }
}
