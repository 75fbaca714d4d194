package dev.aegis.bench.scaling;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a saturated system should do by the costs that were measured at lower rates, beside what it
/// did. Of the saturated run it takes how many messages shared a call, which is counted, and no
/// time.
///
/// @param micros of a message in each part, predicted
/// @param measured likewise
/// @param messagesPerSecond predicted: all processors that others leave, divided by the cost of a
///   message in all parts
record Prediction(
    String kind,
    String system,
    Map<Part, Double> micros,
    Map<Part, Double> measured,
    double messagesPerSecond,
    double measuredPerSecond) {
  Prediction {
    micros = Map.copyOf(micros);
    measured = Map.copyOf(measured);
  }

  /// All that can be checked.
  static List<Prediction> all(Measured measured) {
    List<Prediction> all = new ArrayList<>();
    for (String kind : List.of(Measured.BEST_EFFORT, Measured.DURABLE)) {
      for (String system : List.of(Measured.ALONE, Measured.CLUSTER)) {
        List<Point> paced = measured.fitted(kind, system);
        List<Point> saturated = measured.saturated(kind, system);
        if (!paced.isEmpty() && !saturated.isEmpty()) {
          all.add(of(kind, system, CostModel.of(paced), saturated, measured.cores()));
        }
      }
    }
    return all;
  }

  private static Prediction of(
      String kind, String system, CostModel model, List<Point> saturated, int cores) {
    Map<Part, Double> predicted = new EnumMap<>(Part.class);
    Map<Part, Double> seen = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      predicted.put(part, model.micros(part, saturated));
      seen.put(part, Measured.median(saturated, point -> point.micros(part)));
    }
    double free = cores - Measured.median(saturated, point -> point.figure("coresUsedByOthers"));
    double all = predicted.values().stream().mapToDouble(Double::doubleValue).sum();
    return new Prediction(
        kind,
        system,
        predicted,
        seen,
        free * 1e6 / all,
        Measured.median(saturated, point -> point.figure("messagesPerSecond")));
  }

  /// Of what was measured: 0.1 is a tenth too much.
  double error() {
    return messagesPerSecond / measuredPerSecond - 1;
  }

  double micros(Part part) {
    return micros.getOrDefault(part, 0.0);
  }

  double measuredMicros(Part part) {
    return measured.getOrDefault(part, 0.0);
  }
}
