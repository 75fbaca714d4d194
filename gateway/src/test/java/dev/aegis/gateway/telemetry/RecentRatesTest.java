package dev.aegis.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RecentRatesTest {
  private static final long SECOND = 1_000_000_000;

  private final long[] counter = new long[2];
  private final RecentRates rates = new RecentRates(counter::clone);

  @Test
  void isNothingBeforeTheSecondSample() {
    assertThat(rates.over(10).perSecond(0)).isZero();
    counter[0] = 100;
    assertThat(rates.over(10).perSecond(0)).isZero();
  }

  @Test
  void looksBackAsFarAsItIsAsked() {
    // Ten a second for a minute, then a hundred a second for ten.
    for (int second = 0; second <= 70; second++) {
      rates.sample(second * SECOND);
      counter[0] += second < 60 ? 10 : 100;
      counter[1] += 1;
    }
    assertThat(rates.over(10).perSecond(0)).isEqualTo(100);
    assertThat(rates.over(60).perSecond(0)).isEqualTo((50 * 10 + 10 * 100) / 60.0);
    assertThat(rates.over(60).perSecond(1)).isEqualTo(1);
    assertThat(rates.over(60).seconds()).isEqualTo(60);
    assertThat(rates.over(1_000).seconds()).isEqualTo(60);
  }

  @Test
  void dividesByTheTimeThatPassedNotByTheOneThatShouldHave() {
    rates.sample(0);
    counter[0] = 300;
    rates.sample(3 * SECOND); // late
    assertThat(rates.over(1).perSecond(0)).isCloseTo(100, within(1e-9));
    assertThat(rates.over(10).perSecond(0)).isCloseTo(100, within(1e-9));
  }
}
