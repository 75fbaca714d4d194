package dev.aegis.bench.compare;

import java.util.List;

/// What is measured of several systems in turn.
///
/// @param group names what belongs together, for scripts
/// @param label the same for people
/// @param title what is done, for people
/// @param measures what of its figures is compared
public record Subject(String group, String label, String title, List<Measure> measures) {
  /// One figure.
  ///
  /// @param figure its name in the figures
  /// @param title for people, with its unit
  public record Measure(String figure, String title) {}

  public Subject {
    measures = List.copyOf(measures);
  }
}
