package dev.aegis.bench.scaling;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.Medians;
import dev.aegis.bench.report.ResultFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.JsonNode;

/// What `bench cluster --json` has printed, and of `bench peers --json` what an idle connection of
/// ours takes. Immutable.
///
/// @param origin what it comes from: command, commit, machine
/// @param connectionBytes resident memory of a connection, the most of what was measured; not a
///   number where that was not
record Measured(JsonNode origin, List<Point> points, double connectionBytes) {
  static final String CLUSTER = "two-nodes";
  static final String ALONE = "alone";
  static final String BEST_EFFORT = "best-effort";
  static final String DURABLE = "at-least-once";
  static final String TOPIC = "topic";
  static final String REST = "rest";

  Measured {
    points = List.copyOf(points);
  }

  static Measured read(List<Path> files) throws IOException {
    JsonNode origin = null;
    List<Point> points = new ArrayList<>();
    double connectionBytes = 0;
    for (Path file : files) {
      JsonNode results = ResultFile.read(file, "cluster", "peers");
      if (results.path("kind").asString("").equals("cluster")) {
        origin = results;
        results.path("trials").forEach(trial -> add(trial, points));
      } else {
        connectionBytes = Math.max(connectionBytes, idle(results));
      }
    }
    if (origin == null) {
      throw new IOException("one of the files must be what bench cluster --json prints");
    }
    return new Measured(origin, points, connectionBytes > 0 ? connectionBytes : Double.NaN);
  }

  private static void add(JsonNode trial, List<Point> points) {
    if (trial.path("figures").isObject()) {
      points.add(
          new Point(
              trial.path("workload").asString(""),
              trial.path("system").asString(""),
              trial.path("exercise").asString(""),
              trial.path("figures")));
    }
  }

  private static double idle(JsonNode peers) {
    double most = 0;
    for (JsonNode trial : peers.path("trials")) {
      if (trial.path("system").asString("").equals("aegis")) {
        most = Math.max(most, trial.path("figures").path("rssBytesPerConnection").asDouble(0));
      }
    }
    return most;
  }

  List<Point> of(String kind, String system) {
    return points.stream()
        .filter(point -> point.kind().equals(kind) && point.system().equals(system))
        .toList();
  }

  /// The rounds in which as much was sent as possible.
  List<Point> saturated(String kind, String system) {
    return of(kind, system).stream().filter(Point::saturated).toList();
  }

  /// Those at rates, the lowest first.
  List<Point> paced(String kind, String system) {
    return of(kind, system).stream()
        .filter(point -> !point.saturated())
        .sorted(Comparator.comparingDouble(Point::asked))
        .toList();
  }

  /// Those at rates, but for the lowest of three or more: there threads sleep between messages, and
  /// a call costs what it costs to wake them.
  List<Point> fitted(String kind, String system) {
    List<Point> paced = paced(kind, system);
    long rates = paced.stream().mapToDouble(Point::asked).distinct().count();
    return rates < 3
        ? paced
        : paced.stream().filter(point -> point.asked() > paced.getFirst().asked()).toList();
  }

  /// Those at the lowest rate, where hardly any message shares a call with another.
  List<Point> slowest(String kind, String system) {
    List<Point> paced = paced(kind, system);
    return paced.stream().filter(point -> point.asked() == paced.getFirst().asked()).toList();
  }

  /// Not a number of none.
  static double median(List<Point> points, ToDoubleFunction<Point> figure) {
    double[] sorted =
        points.stream().mapToDouble(figure).filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : Medians.of(sorted);
  }

  int cores() {
    return origin.path("machine").path("cores").asInt(1);
  }

  /// When, where and how, in sentences.
  String provenance() {
    JsonNode machine = origin.path("machine");
    double[] others =
        points.stream()
            .mapToDouble(point -> point.figure("coresUsedByOthers"))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    String beside =
        others.length == 0
            ? ""
            : " Meanwhile others used %s to %s cores, %s in the middle."
                .formatted(
                    Figures.text(rounded(others[0])),
                    Figures.text(rounded(others[others.length - 1])),
                    Figures.text(rounded(Medians.of(others))));
    return String.format(
        Locale.ROOT,
        "`%s` at commit %s, %s, %s (%d cores, %s), load average %.1f at the end.%s",
        origin.path("command").asString("?"),
        origin.path("commit").asString("?"),
        origin.path("at").asString("?"),
        machine.path("cpu").asString("?"),
        cores(),
        origin.path("jdk").asString("?"),
        machine.path("loadAverage").asDouble(),
        beside);
  }

  private static double rounded(double cores) {
    return Math.round(cores * 100) / 100.0;
  }
}
