package dev.aegis.store.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DeliveryTimesTest {
  private static final double BOUND = 1 / 16.0;

  @Test
  void bucketsFollowEachOtherWithoutGapOrOverlap() {
    for (int bucket = 0; bucket < DeliveryTimes.bucket(DeliveryTimes.LONGEST_MILLIS); bucket++) {
      long first = DeliveryTimes.firstMillis(bucket);
      long next = DeliveryTimes.firstMillis(bucket + 1);
      assertThat(next).isGreaterThan(first);
      assertThat(DeliveryTimes.bucket(first)).isEqualTo(bucket);
      assertThat(DeliveryTimes.bucket(next - 1)).isEqualTo(bucket);
    }
  }

  @Test
  void percentilesAreRightWithinTheBoundOverAllMagnitudes() {
    SplittableRandom random = new SplittableRandom(7);
    DeliveryTimes times = new DeliveryTimes();
    long[] all = new long[20_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (long) Math.pow(10, random.nextDouble(0, 9.5));
      times.add(all[i]);
    }
    Arrays.sort(all);
    for (double share : new double[] {0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 1}) {
      long exact = all[(int) Math.ceil(share * all.length) - 1];
      assertThat(times.percentileMillis(share)).isCloseTo((double) exact, within(exact * BOUND));
    }
    assertThat(times.count()).isEqualTo(all.length);
  }

  @Test
  void histogramsAddUpToThatOfAll() {
    SplittableRandom random = new SplittableRandom(8);
    DeliveryTimes together = new DeliveryTimes();
    DeliveryTimes sum = new DeliveryTimes();
    for (int part = 0; part < 20; part++) {
      DeliveryTimes some = new DeliveryTimes();
      for (int i = 0; i < 100; i++) {
        long millis = random.nextLong(1_000_000);
        together.add(millis);
        some.add(millis);
      }
      sum.add(some);
    }
    assertThat(TallyCodec.encode(sum)).isEqualTo(TallyCodec.encode(together));
  }

  @Test
  void clocksThatDifferAndLivesThatAreTooLongAreKeptAtTheEnds() {
    DeliveryTimes times = new DeliveryTimes();
    times.add(-5);
    assertThat(times.percentileMillis(1)).isZero();
    times.add(Long.MAX_VALUE);
    double longest = (double) DeliveryTimes.LONGEST_MILLIS;
    assertThat(times.percentileMillis(1)).isCloseTo(longest, within(longest * BOUND));
  }

  @Test
  void nothingHasNoPercentiles() {
    assertThatThrownBy(() -> new DeliveryTimes().percentileMillis(0.5))
        .isInstanceOf(IllegalStateException.class);
  }
}
