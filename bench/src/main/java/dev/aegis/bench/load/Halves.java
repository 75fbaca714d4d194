package dev.aegis.bench.load;

import java.util.List;

/// Messages a second in the first and in the second half of what was measured. Where they differ,
/// code was still being compiled, a heap still grew, or the machine had other work: a longer run
/// would say something else.
///
/// @param first not a number if too little was measured
/// @param second not a number if too little was measured
record Halves(double first, double second) {
  private static final int FEWEST_SECONDS = 4;

  /// What quiet runs of any length do not reach.
  private static final double APART = 1.2;

  /// @param rates of each second
  static Halves of(List<Double> rates) {
    if (rates.size() < FEWEST_SECONDS) {
      return new Halves(Double.NaN, Double.NaN);
    }
    int half = rates.size() / 2;
    return new Halves(
        mean(rates.subList(0, half)), mean(rates.subList(rates.size() - half, rates.size())));
  }

  private static double mean(List<Double> rates) {
    return rates.stream().mapToDouble(Double::doubleValue).sum() / rates.size();
  }

  boolean areApart() {
    return Math.max(first, second) > Math.min(first, second) * APART;
  }
}
