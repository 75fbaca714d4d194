package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LingerTest {
  private final Linger linger = new Linger();

  @Test
  void growsWhileMessagesFinishAfterTheirRowsWereWrittenUpToItsBound() {
    assertThat(linger.nanos()).isEqualTo(Linger.SHORTEST_NANOS);
    linger.written(800, 200);
    assertThat(linger.nanos()).isEqualTo(2 * Linger.SHORTEST_NANOS);
    for (int i = 0; i < 20; i++) {
      linger.written(0, 1_000);
    }
    assertThat(linger.nanos()).isEqualTo(Linger.LONGEST_NANOS);
  }

  @Test
  void shrinksAgainWhenFewDo() {
    for (int i = 0; i < 20; i++) {
      linger.written(0, 1_000);
    }
    linger.written(950, 50);
    assertThat(linger.nanos()).isEqualTo(Linger.LONGEST_NANOS / 2);
    for (int i = 0; i < 20; i++) {
      linger.written(1_000, 0);
    }
    assertThat(linger.nanos()).isEqualTo(Linger.SHORTEST_NANOS);
  }
}
