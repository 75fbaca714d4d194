package dev.aegis.gateway.capability;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The less loaded of two that are picked at random (Mitzenmacher, The Power of Two Choices in
/// Randomized Load Balancing): nearly as even as the least loaded of all, but whoever looks at an
/// older picture of the load does not send everything to the same one.
final class Choice {
  /// So often chance is tried before all are looked at.
  private static final int TRIES = 8;

  private Choice() {}

  /// @param fits whether one may be chosen
  /// @return null where none fits
  static <T> @Nullable T among(
      List<T> all,
      Predicate<? super T> fits,
      ToLongFunction<? super T> load,
      RandomGenerator random) {
    int first = -1;
    for (int i = 0; i < TRIES && !all.isEmpty(); i++) {
      int drawn = random.nextInt(all.size());
      if (drawn == first || !fits.test(all.get(drawn))) {
        continue;
      }
      if (first >= 0) {
        return lighter(all.get(first), all.get(drawn), load);
      }
      first = drawn;
    }
    List<T> fitting = new ArrayList<>();
    for (T each : all) {
      if (fits.test(each)) {
        fitting.add(each);
      }
    }
    return amongFew(fitting, load, random);
  }

  private static <T> @Nullable T amongFew(
      List<T> fitting, ToLongFunction<? super T> load, RandomGenerator random) {
    if (fitting.size() < 2) {
      return fitting.isEmpty() ? null : fitting.getFirst();
    }
    int one = random.nextInt(fitting.size());
    int other = random.nextInt(fitting.size() - 1);
    return lighter(fitting.get(one), fitting.get(other < one ? other : other + 1), load);
  }

  private static <T> T lighter(T one, T other, ToLongFunction<? super T> load) {
    return load.applyAsLong(other) < load.applyAsLong(one) ? other : one;
  }
}
