package dev.aegis.bench.scaling;

import dev.aegis.bench.scaling.Affine.Observation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a message of one kind costs in each part of one system, as a function of how many messages
/// share a call. Immutable.
record CostModel(Map<Part, Affine> parts) {
  /// Below it the clock of the kernel says more than the part.
  private static final double LEAST_MICROS = 0.01;

  CostModel {
    parts = Map.copyOf(parts);
  }

  static CostModel of(List<Point> points) {
    Map<Part, Affine> parts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      List<Observation> observations = new ArrayList<>();
      for (Point point : points) {
        if (point.micros(part) >= LEAST_MICROS) {
          observations.add(new Observation(point.work(part.calls()), point.micros(part)));
        }
      }
      parts.put(part, Affine.fit(observations));
    }
    return new CostModel(parts);
  }

  Affine of(Part part) {
    return parts.getOrDefault(part, Affine.NONE);
  }

  /// Of a message whose calls are shared as in these measurements.
  double micros(Part part, List<Point> points) {
    return of(part).micros(Measured.median(points, point -> point.work(part.calls())));
  }
}
