package dev.aegis.bench.compare;

import dev.aegis.bench.report.Medians;
import java.util.Arrays;
import java.util.List;

/// How one figure of two commits compares over some rounds, each of which measured both.
///
/// @param before of each round, at the other commit
/// @param now of each round, at this one
public record Ratio(String figure, List<Double> before, List<Double> now) {
  public double medianBefore() {
    return Medians.of(before.stream().mapToDouble(Double::doubleValue).sorted().toArray());
  }

  public double medianNow() {
    return Medians.of(now.stream().mapToDouble(Double::doubleValue).sorted().toArray());
  }

  public double median() {
    return Medians.of(sorted());
  }

  public double least() {
    return sorted()[0];
  }

  public double most() {
    return sorted()[before.size() - 1];
  }

  /// Whether every round says the same: all went up, or all went down.
  public boolean agrees() {
    return least() > 1 || most() < 1;
  }

  private double[] sorted() {
    double[] ratios = new double[before.size()];
    Arrays.setAll(ratios, i -> now.get(i) / before.get(i));
    Arrays.sort(ratios);
    return ratios;
  }
}
