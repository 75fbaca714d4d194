package dev.aegis.bench.compare;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.Medians;
import dev.aegis.bench.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What was measured, by subject, system and round. One system is ours: the others are beside it.
/// Confined to one thread.
public final class Results {
  private static final String NONE = "-";

  private final String own;
  private final List<String> head;
  private final Map<Subject, Map<String, Map<Integer, Figures>>> figures = new LinkedHashMap<>();
  private final List<Map<String, Object>> raw = new ArrayList<>();

  /// @param own names ours
  /// @param head of the columns with what the other is called, ours, and theirs
  public Results(String own, List<String> head) {
    this.own = own;
    this.head = List.copyOf(head);
  }

  public void add(Subject subject, String label, int round, Figures measured) {
    figures
        .computeIfAbsent(subject, _ -> new LinkedHashMap<>())
        .computeIfAbsent(label, _ -> new LinkedHashMap<>())
        .put(round, measured);
    Map<String, Object> entry = entry(subject, label, round);
    entry.put("figures", measured.values());
    raw.add(entry);
  }

  /// It could not be measured this time.
  public void failed(Subject subject, String label, int round, String why) {
    Map<String, Object> entry = entry(subject, label, round);
    entry.put("failed", why);
    raw.add(entry);
  }

  private static Map<String, Object> entry(Subject subject, String label, int round) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("workload", subject.group());
    entry.put("exercise", subject.title());
    entry.put("system", label);
    entry.put("round", round);
    return entry;
  }

  /// Everything, for scripts.
  public List<Map<String, Object>> raw() {
    return raw;
  }

  /// One row for each measure and peer; ratios are of ours to theirs, of the rounds that have both.
  public Table table() {
    Table table =
        new Table()
            .row(
                "", "", "measure", head.get(0), head.get(1), head.get(2), "ratio", "least", "most");
    figures.forEach((subject, systems) -> {
      Map<Integer, Figures> ours = systems.getOrDefault(own, Map.of());
      List<String> peers = systems.keySet().stream().filter(label -> !label.equals(own)).toList();
      for (Subject.Measure measure : subject.measures()) {
        if (peers.isEmpty()) {
          row(table, subject, measure, NONE, ours, Map.of());
        }
        for (String peer : peers) {
          row(table, subject, measure, peer, ours, systems.getOrDefault(peer, Map.of()));
        }
      }
    });
    return table;
  }

  private static void row(
      Table table,
      Subject subject,
      Subject.Measure measure,
      String peer,
      Map<Integer, Figures> ours,
      Map<Integer, Figures> theirs) {
    Ratio ratio = ratio(measure.figure(), ours, theirs);
    boolean compares = !ratio.now().isEmpty();
    table.row(
        subject.label(),
        subject.title(),
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
