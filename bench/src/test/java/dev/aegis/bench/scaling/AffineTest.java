package dev.aegis.bench.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aegis.bench.scaling.Affine.Observation;
import java.util.List;
import org.junit.jupiter.api.Test;

class AffineTest {
  private static void assertIs(Affine cost, double own, double shared) {
    assertThat(cost.own()).isCloseTo(own, within(1e-9));
    assertThat(cost.shared()).isCloseTo(shared, within(1e-9));
  }

  @Test
  void findsWhatBothPartsCost() {
    assertIs(
        Affine.fit(
            List.of(new Observation(2, 203), new Observation(1, 103), new Observation(0.01, 4))),
        3,
        100);
  }

  @Test
  void noPartIsNegative() {
    Affine growing = Affine.fit(List.of(new Observation(2, 300), new Observation(1, 100)));
    assertThat(growing.own()).isZero();
    assertThat(growing.shared()).isBetween(100.0, 150.0);

    Affine falling = Affine.fit(List.of(new Observation(2, 10), new Observation(1, 20)));
    assertThat(falling.shared()).isZero();
    assertThat(falling.own()).isBetween(10.0, 20.0);
  }

  @Test
  void oneNumberOfCallsSaysNothingAboutThem() {
    assertIs(Affine.fit(List.of(new Observation(1, 20), new Observation(1, 20))), 20, 0);
    assertThat(Affine.fit(List.of())).isEqualTo(Affine.NONE);
  }
}
