package dev.aegis.bench.scaling;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.Table;
import io.lettuce.core.cluster.SlotHash;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What the model says, as tables by name. Immutable.
final class ScalingTables {
  private static final String NONE = "-";
  private static final List<Integer> NODES = List.of(4, 16, 64);
  private static final List<Integer> SHARDS = List.of(2, 4, 8);

  private final Measured measured;
  private final Hardware hardware;
  private final Capacity capacity;
  private final List<Needs> needs;
  private final List<Prediction> predictions;

  ScalingTables(
      Measured measured,
      Hardware hardware,
      Capacity capacity,
      List<Prediction> predictions,
      List<Needs> needs) {
    this.measured = measured;
    this.hardware = hardware;
    this.capacity = capacity;
    this.predictions = List.copyOf(predictions);
    this.needs = List.copyOf(needs);
  }

  /// In the order that people read them in.
  Map<String, Table> all() {
    Map<String, Table> all = new LinkedHashMap<>();
    all.put("throughput", throughput());
    all.put("costs", costs());
    all.put("model", model());
    all.put("predictions", predictions());
    all.put("needs", needs());
    all.put("ceiling", ceiling());
    all.put("slots", slots());
    return all;
  }

  private record Row(String title, String kind, String system, boolean saturated) {}

  private List<Row> rows() {
    return List.of(
        new Row("best-effort, local", Measured.BEST_EFFORT, Measured.ALONE, true),
        new Row("best-effort, crossing", Measured.BEST_EFFORT, Measured.CLUSTER, true),
        new Row("at-least-once, local", Measured.DURABLE, Measured.ALONE, true),
        new Row("at-least-once, crossing", Measured.DURABLE, Measured.CLUSTER, true),
        new Row("copy of a topic, one node", Measured.TOPIC, Measured.ALONE, true),
        new Row("copy of a topic, two nodes", Measured.TOPIC, Measured.CLUSTER, true),
        new Row("over REST, at-least-once, local", Measured.REST, Measured.ALONE, true),
        new Row("over REST, at-least-once, crossing", Measured.REST, Measured.CLUSTER, true),
        new Row("best-effort, local", Measured.BEST_EFFORT, Measured.ALONE, false),
        new Row("best-effort, crossing", Measured.BEST_EFFORT, Measured.CLUSTER, false),
        new Row("at-least-once, local", Measured.DURABLE, Measured.ALONE, false),
        new Row("at-least-once, crossing", Measured.DURABLE, Measured.CLUSTER, false));
  }

  private List<Point> points(Row row) {
    return row.saturated
        ? measured.saturated(row.kind, row.system)
        : measured.slowest(row.kind, row.system);
  }

  private Table throughput() {
    Table table =
        new Table()
            .row("", "load", "two nodes", "alone", "ratio", "p50, p99 ms: two nodes", "alone");
    measured.points().stream()
        .map(point -> List.of(point.kind(), point.title()))
        .distinct()
        .forEach(load -> {
          List<Point> cluster = of(load, Measured.CLUSTER);
          List<Point> alone = of(load, Measured.ALONE);
          table.row(
              load.getFirst(),
              load.getLast(),
              spread(cluster),
              spread(alone),
              text(rate(cluster) / rate(alone)),
              latency(cluster),
              latency(alone));
        });
    return table;
  }

  private List<Point> of(List<String> load, String system) {
    return measured.of(load.getFirst(), system).stream()
        .filter(point -> point.title().equals(load.getLast()))
        .toList();
  }

  private static double rate(List<Point> points) {
    return Measured.median(points, point -> point.figure("messagesPerSecond"));
  }

  private static String spread(List<Point> points) {
    double[] sorted =
        points.stream().mapToDouble(point -> point.figure("messagesPerSecond")).sorted().toArray();
    if (sorted.length == 0) {
      return NONE;
    }
    return sorted.length == 1
        ? text(sorted[0])
        : "%s (%s to %s)"
            .formatted(text(rate(points)), text(sorted[0]), text(sorted[sorted.length - 1]));
  }

  private static String latency(List<Point> points) {
    return points.isEmpty()
        ? NONE
        : String.format(
            Locale.ROOT,
            "%.1f, %.1f",
            Measured.median(points, point -> point.figure("p50Micros")) / 1e3,
            Measured.median(points, point -> point.figure("p99Micros")) / 1e3);
  }

  private Table costs() {
    Table table =
        new Table()
            .row(
                "a message",
                "at",
                "gateways, µs",
                "node of the sender, of the receiver",
                "Redis, µs",
                "PostgreSQL, µs",
                "agents, µs",
                "socket calls",
                "Redis: requests",
                "entries",
                "bytes in + out",
                "log, bytes",
                "transactions of a thousand");
    for (Row row : rows()) {
      List<Point> points = points(row);
      if (points.isEmpty()) {
        continue;
      }
      boolean crosses = row.system.equals(Measured.CLUSTER);
      boolean stored = points.getFirst().stored();
      table.row(
          row.title,
          points.getFirst().title(),
          median(points, point -> point.micros(Part.GATEWAY)),
          crosses
              ? median(points, point -> point.node("node-1"))
                  + ", "
                  + median(points, point -> point.node("node-2"))
              : NONE,
          crosses ? median(points, point -> point.micros(Part.REDIS)) : NONE,
          stored ? median(points, point -> point.micros(Part.DATABASE)) : NONE,
          median(points, point -> point.micros(Part.CLIENTS)),
          median(points, point -> point.work("socketCalls")),
          crosses ? median(points, point -> point.work("redisRequests")) : NONE,
          crosses ? median(points, point -> point.work("redisEntries")) : NONE,
          crosses
              ? median(points, point -> point.work("redisBytesIn"))
                  + " + "
                  + median(points, point -> point.work("redisBytesOut"))
              : NONE,
          stored ? median(points, point -> point.work("walBytes")) : NONE,
          stored ? median(points, point -> 1e3 * point.work("transactions")) : NONE);
    }
    return table;
  }

  private Table model() {
    Table table = new Table().row("", "", "part", "µs of a message", "µs more of each");
    for (String kind : List.of(Measured.BEST_EFFORT, Measured.DURABLE)) {
      for (String system : List.of(Measured.ALONE, Measured.CLUSTER)) {
        CostModel model = CostModel.of(measured.fitted(kind, system));
        for (Part part : Part.values()) {
          Affine cost = model.of(part);
          if (!cost.equals(Affine.NONE)) {
            table.row(
                kind,
                label(system),
                part.label(),
                text(cost.own()),
                text(cost.shared()) + " " + part.callName());
          }
        }
      }
    }
    return table;
  }

  private static String label(String system) {
    return system.equals(Measured.CLUSTER) ? "crossing" : "local";
  }

  private Table predictions() {
    Table table =
        new Table()
            .row(
                "",
                "",
                "messages/s: predicted",
                "measured",
                "error",
                "µs, predicted / measured: gateways",
                "Redis",
                "PostgreSQL",
                "agents");
    for (Prediction each : predictions) {
      table.row(
          each.kind(),
          label(each.system()),
          text(each.messagesPerSecond()),
          text(each.measuredPerSecond()),
          String.format(Locale.ROOT, "%+.0f %%", 100 * each.error()),
          both(each, Part.GATEWAY),
          both(each, Part.REDIS),
          both(each, Part.DATABASE),
          both(each, Part.CLIENTS));
    }
    return table;
  }

  private static String both(Prediction prediction, Part part) {
    return text(prediction.micros(part)) + " / " + text(prediction.measuredMicros(part));
  }

  private Table needs() {
    Table table =
        new Table()
            .row(
                "",
                "nodes",
                "by processors, memory, network, connections",
                "their cores, fully used",
                "Redis: requests/s",
                "cores",
                "Gbit/s",
                "shards",
                "PostgreSQL: cores",
                "log, MB/s",
                "databases of the size that one may have");
    for (Needs each : needs) {
      table.row(
          each.scenario().title(),
          text(each.nodes()),
          "%d, %d, %d, %d"
              .formatted(
                  each.nodesByCpu(),
                  each.nodesByMemory(),
                  each.nodesByNetwork(),
                  each.nodesByConnections()),
          text(each.gatewayCores()),
          text(Math.rint(each.redisRequestsPerSecond())),
          text(each.redisCores()),
          text(each.redisBytesPerSecond() * 8 / 1e9),
          text(each.shards()),
          text(each.databaseCores()),
          text(each.walBytesPerSecond() / 1e6),
          text(each.databases()));
    }
    return table;
  }

  /// What saturates first is what carries least.
  private Table ceiling() {
    String cores = " by %d cores".formatted(hardware.databaseCores);
    return new Table()
        .row(
            "messages/s that one carries",
            "best-effort, few busy agents",
            "all agents alike",
            "at-least-once, few busy agents",
            "all agents alike")
        .row(
            "gateway of %d cores".formatted(hardware.nodeCores),
            thousands(capacity.nodeCarries(false, true)),
            thousands(capacity.nodeCarries(false, false)),
            thousands(capacity.nodeCarries(true, true)),
            thousands(capacity.nodeCarries(true, false)))
        .row(
            "shard of Redis",
            thousands(capacity.shardCarries(false, true)),
            thousands(capacity.shardCarries(false, false)),
            thousands(capacity.shardCarries(true, true)),
            thousands(capacity.shardCarries(true, false)))
        .row(
            "PostgreSQL," + cores,
            NONE,
            NONE,
            thousands(capacity.ceilingByCpu()),
            thousands(capacity.ceilingByCpu()))
        .row(
            "PostgreSQL, by %,.0f MB/s of log".formatted(hardware.walMegabytes),
            NONE,
            NONE,
            thousands(capacity.ceilingByLog()),
            thousands(capacity.ceilingByLog()));
  }

  private static String thousands(double value) {
    return text(Double.isFinite(value) ? Math.rint(value / 1e3) * 1e3 : value);
  }

  /// How evenly inboxes lie on the servers of a Redis Cluster whose slots are dealt out in equal
  /// ranges. The numbers of nodes are those of journals, which grow with each start.
  private static Table slots() {
    Table table = new Table().row("nodes", "shards", "inboxes of a shard: least to most", "even");
    for (int nodes : NODES) {
      for (int shards : SHARDS) {
        int[] inboxes = new int[shards];
        for (int node = 1; node <= nodes; node++) {
          int slot = SlotHash.getSlot("aegis:{aegis:" + node + "}:in:2");
          inboxes[slot * shards / SlotHash.SLOT_COUNT]++;
        }
        Arrays.sort(inboxes);
        table.row(
            text(nodes),
            text(shards),
            inboxes[0] + " to " + inboxes[shards - 1],
            text((double) nodes / shards));
      }
    }
    return table;
  }

  private static String median(List<Point> points, ToDoubleFunction<Point> figure) {
    return text(Measured.median(points, figure));
  }

  private static String text(double value) {
    return Double.isFinite(value) ? Figures.text(digits(value)) : NONE;
  }

  /// Three digits are more than is known.
  private static double digits(double value) {
    return Math.abs(value) >= 1_000
        ? value
        : new BigDecimal(value).round(new MathContext(3)).doubleValue();
  }
}
