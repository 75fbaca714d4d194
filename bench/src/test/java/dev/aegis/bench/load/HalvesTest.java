package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HalvesTest {
  @Test
  void leaveTheSecondInTheMiddleOut() {
    assertThat(Halves.of(List.of(1.0, 3.0, 99.0, 5.0, 7.0))).isEqualTo(new Halves(2, 6));
  }

  @Test
  void areApartFromAFifthMoreOn() {
    assertThat(new Halves(100, 119).areApart()).isFalse();
    assertThat(new Halves(100, 121).areApart()).isTrue();
    assertThat(new Halves(121, 100).areApart()).isTrue();
    assertThat(new Halves(0, 1).areApart()).isTrue();
    assertThat(new Halves(0, 0).areApart()).isFalse();
  }

  @Test
  void sayNothingOfAFewSeconds() {
    Halves few = Halves.of(List.of(1.0, 100.0, 100.0));
    assertThat(few).isEqualTo(new Halves(Double.NaN, Double.NaN));
    assertThat(few.areApart()).isFalse();
  }
}
