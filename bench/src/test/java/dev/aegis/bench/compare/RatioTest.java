package dev.aegis.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RatioTest {
  @Test
  void comparesRoundByRound() {
    Ratio ratio = new Ratio("rate", List.of(100.0, 50.0, 80.0), List.of(110.0, 60.0, 88.0));

    assertThat(ratio.median()).isCloseTo(1.1, within(1e-9));
    assertThat(ratio.least()).isCloseTo(1.1, within(1e-9));
    assertThat(ratio.most()).isCloseTo(1.2, within(1e-9));
    assertThat(ratio.medianBefore()).isEqualTo(80);
    assertThat(ratio.medianNow()).isEqualTo(88);
    assertThat(ratio.agrees()).isTrue();
  }

  @Test
  void roundsThatContradictEachOtherProveNothing() {
    Ratio ratio = new Ratio("rate", List.of(100.0, 100.0), List.of(99.0, 103.0));

    assertThat(ratio.agrees()).isFalse();
    assertThat(ratio.median()).isCloseTo(1.01, within(1e-9));
  }
}
