package dev.aegis.bench.peers;

import dev.aegis.bench.compare.Ratio;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.Medians;
import dev.aegis.bench.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What was measured, by exercise, system and round. Confined to one thread.
final class Results {
  private static final String NONE = "-";

  private final Map<Exercise, Map<String, Map<Integer, Figures>>> figures = new LinkedHashMap<>();
  private final List<Map<String, Object>> raw = new ArrayList<>();

  void add(Exercise exercise, String label, int round, Figures measured) {
    figures
        .computeIfAbsent(exercise, _ -> new LinkedHashMap<>())
        .computeIfAbsent(label, _ -> new LinkedHashMap<>())
        .put(round, measured);
    Map<String, Object> entry = entry(exercise, label, round);
    entry.put("figures", measured.values());
    raw.add(entry);
  }

  /// It could not be measured this time.
  void failed(Exercise exercise, String label, int round, String why) {
    Map<String, Object> entry = entry(exercise, label, round);
    entry.put("failed", why);
    raw.add(entry);
  }

  private static Map<String, Object> entry(Exercise exercise, String label, int round) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("workload", exercise.workload().name());
    entry.put("exercise", exercise.title());
    entry.put("system", label);
    entry.put("round", round);
    return entry;
  }

  /// Everything, for scripts.
  List<Map<String, Object>> raw() {
    return raw;
  }

  /// One row for each measure and peer; ratios are of ours to theirs, of the rounds that have both.
  Table table() {
    Table table =
        new Table().row("", "", "measure", "peer", "ours", "theirs", "ratio", "least", "most");
    figures.forEach((exercise, systems) -> {
      Map<Integer, Figures> ours = systems.getOrDefault(Aegis.LABEL, Map.of());
      List<String> peers =
          systems.keySet().stream().filter(label -> !label.equals(Aegis.LABEL)).toList();
      for (Exercise.Measure measure : exercise.measures()) {
        if (peers.isEmpty()) {
          row(table, exercise, measure, NONE, ours, Map.of());
        }
        for (String peer : peers) {
          row(table, exercise, measure, peer, ours, systems.getOrDefault(peer, Map.of()));
        }
      }
    });
    return table;
  }

  private static void row(
      Table table,
      Exercise exercise,
      Exercise.Measure measure,
      String peer,
      Map<Integer, Figures> ours,
      Map<Integer, Figures> theirs) {
    Ratio ratio = ratio(measure.figure(), ours, theirs);
    boolean compares = !ratio.now().isEmpty();
    table.row(
        exercise.workload().label(),
        exercise.title(),
        measure.title(),
        peer,
        median(measure.figure(), ours),
        median(measure.figure(), theirs),
        compares ? Figures.text(ratio.median()) : NONE,
        compares ? Figures.text(ratio.least()) : NONE,
        compares ? Figures.text(ratio.most()) : NONE);
  }

  /// Of the rounds in which neither is nothing.
  private static Ratio ratio(
      String figure, Map<Integer, Figures> ours, Map<Integer, Figures> theirs) {
    Ratio ratio = new Ratio(figure, new ArrayList<>(), new ArrayList<>());
    ours.forEach((round, measured) -> {
      double mine = number(measured, figure);
      Figures other = theirs.get(round);
      double its = other == null ? Double.NaN : number(other, figure);
      if (mine > 0 && its > 0) {
        ratio.now().add(mine);
        ratio.before().add(its);
      }
    });
    return ratio;
  }

  private static String median(String figure, Map<Integer, Figures> rounds) {
    double[] sorted =
        rounds.values().stream()
            .mapToDouble(measured -> number(measured, figure))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      return NONE;
    }
    return Figures.text(Medians.of(sorted));
  }

  private static double number(Figures figures, String name) {
    return figures.values().get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
