package dev.aegis.bench.report;

/// The middle of what was measured.
public final class Medians {
  private Medians() {}

  /// @param sorted at least one, ascending
  public static double of(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
