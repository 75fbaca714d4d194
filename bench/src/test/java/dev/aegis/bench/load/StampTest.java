package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StampTest {
  @Test
  void comesBackFromThePayload() {
    Stamp stamp = new Stamp(-7, 3, 123_456, Long.MIN_VALUE + 5);
    byte[] payload = stamp.payload(256);
    assertThat(payload).hasSize(256);
    assertThat(Stamp.of(payload, -7)).isEqualTo(stamp);
    assertThat(Stamp.of(new Stamp(1, 2, 3, 4).payload(Stamp.BYTES), 1))
        .isEqualTo(new Stamp(1, 2, 3, 4));
  }

  @Test
  void whatIsNoneOfThisRunIsNone() {
    assertThat(Stamp.of(new Stamp(1, 0, 0, 0).payload(64), 2)).isNull();
    assertThat(Stamp.of(new byte[Stamp.BYTES - 1], 0)).isNull();
  }
}
