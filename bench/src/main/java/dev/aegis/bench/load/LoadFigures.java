package dev.aegis.bench.load;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Priority;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/// Adds a run up.
final class LoadFigures {
  private static final int DIGITS = 3;
  private static final List<String> PERCENTILES =
      List.of("0", "50", "75", "90", "95", "99", "99.5", "99.9", "99.95", "99.99");

  private LoadFigures() {}

  /// What happened between the two ends of the measured interval.
  ///
  /// @param work what the broker counted of its own
  /// @param cpuMicrosByThread of its threads, by name
  record Interval(
      double seconds,
      long arrivals,
      long receipts,
      ServerUsage begin,
      ServerUsage end,
      Map<String, Double> work,
      Map<String, Long> cpuMicrosByThread) {}

  /// What happened beside.
  ///
  /// @param latenessNanos how late the generator was at worst, by class
  /// @param refusals what the gateway counted as refused in the whole run, by reason
  record Course(
      long stalls,
      Map<Priority, Long> latenessNanos,
      double drainSeconds,
      Map<String, Long> refusals,
      Halves halves,
      List<Map<String, Object>> series) {}

  static Figures of(
      LoadPlan plan,
      Ledger.Totals totals,
      Measurements measurements,
      Interval interval,
      Course course) {
    Map<Priority, Histogram> byClass = measurements.endToEnd();
    Map<Priority, Histogram> storedByClass = measurements.stored();
    Histogram all = together(byClass);
    ServerUsage begin = interval.begin();
    ServerUsage end = interval.end();
    double gatewayCpu = end.gatewayCpuMicros() - begin.gatewayCpuMicros();
    double databaseCpu = end.databaseCpuMicros() - begin.databaseCpuMicros();
    double redisCpu = end.redisCpuMicros() - begin.redisCpuMicros();
    double clientCpu = end.clientCpuMicros() - begin.clientCpuMicros();
    double busy = end.machineBusyMicros() - begin.machineBusyMicros();
    boolean measured = end.gatewayCpuMicros() > 0;
    double arrivals = interval.arrivals();
    Figures figures =
        new Figures()
            .put("kind", "load")
            .put("guarantee", plan.guarantee().label())
            .number("messagesPerSecond", arrivals / interval.seconds())
            .number("firstHalfPerSecond", course.halves().first())
            .number("secondHalfPerSecond", course.halves().second())
            .put("p50Micros", percentile(all, 50))
            .put("p99Micros", percentile(all, 99))
            .put("p999Micros", percentile(all, 99.9))
            .put("maxMicros", percentile(all, 100))
            .put("percentiles", percentiles(all))
            .put("lost", totals.missing())
            .put("duplicates", totals.repeated())
            .put("reordered", totals.overtaken())
            .put("unknown", totals.unknown())
            .put("unanswered", totals.unanswered())
            .put("sent", totals.sent())
            .put("arrived", totals.arrived())
            .put("refused", totals.refused())
            .put("refusedByGateway", course.refusals())
            .put("notSentQueueFull", measurements.unsentCount());
    if (plan.guarantee().isDurable()) {
      Histogram stored = together(storedByClass);
      figures
          .put("accepted", totals.accepted())
          .put("processedReceipts", measurements.processedCount())
          .number("storedPerSecond", interval.receipts() / interval.seconds())
          .put("storedP50Micros", percentile(stored, 50))
          .put("storedP99Micros", percentile(stored, 99));
    }
    if (plan.mix().classes().size() > 1) {
      Map<String, Object> classes = new LinkedHashMap<>();
      byClass.forEach((priority, latencies) -> {
        Map<String, Long> summary =
            summary(latencies, course.latenessNanos().getOrDefault(priority, 0L));
        Histogram stored = storedByClass.get(priority);
        if (stored != null && stored.getTotalCount() > 0) {
          summary.put("storedP50Micros", stored.getValueAtPercentile(50));
          summary.put("storedP99Micros", stored.getValueAtPercentile(99));
        }
        classes.put(priority.label(), summary);
      });
      figures.put("byPriority", classes);
    }
    figures
        .number(
            "serverCpuMicrosPerMessage",
            per(measured, gatewayCpu + databaseCpu + redisCpu, arrivals))
        .number("gatewayCpuMicrosPerMessage", per(measured, gatewayCpu, arrivals))
        .number("databaseCpuMicrosPerMessage", per(measured, databaseCpu, arrivals))
        .number("clientCpuMicrosPerMessage", per(true, clientCpu, arrivals))
        .put(
            "gatewayCpuMicrosPerMessageByThread",
            each(Map.of(), interval.cpuMicrosByThread(), arrivals));
    if (end.redisCpuMicros() > 0) {
      figures.number("redisCpuMicrosPerMessage", per(measured, redisCpu, arrivals));
    }
    if (!end.gatewayCpuByNode().isEmpty()) {
      figures.put(
          "gatewayCpuMicrosPerMessageByNode",
          each(begin.gatewayCpuByNode(), end.gatewayCpuByNode(), arrivals));
    }
    figures
        .put("workPerMessage", perMessage(interval))
        .put("serverRssBytes", measured ? end.serverRssBytes() : null)
        .put("gatewayRssBytes", measured ? end.gatewayRssBytes() : null)
        .put("databaseRssBytes", measured ? end.databaseRssBytes() : null)
        .number(
            "coresUsedByOthers",
            measured
                ? Math.max(0, busy - gatewayCpu - databaseCpu - redisCpu - clientCpu)
                    / (interval.seconds() * 1e6)
                : Double.NaN)
        .put("stalls", course.stalls())
        .number(
            "generatorMaxLatenessMicros", Collections.max(course.latenessNanos().values()) / 1e3)
        .number("drainSeconds", course.drainSeconds());
    settings(figures, plan);
    return figures.put("series", course.series());
  }

  private static void settings(Figures figures, LoadPlan plan) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("senders", plan.senders());
    settings.put("receivers", plan.receivers());
    settings.put("size", plan.bytes());
    settings.put("seconds", plan.seconds());
    settings.put("warmup", plan.warmupSeconds());
    settings.put("rate", plan.rate());
    settings.put("window", plan.window());
    settings.put("shed", plan.sheds());
    settings.put("fanOut", plan.fanOut());
    settings.put("broadcast", plan.broadcasts());
    settings.put("connections", plan.idle());
    settings.put("offlineShare", plan.offlineShare());
    figures.put("settings", settings);
  }

  private static Histogram together(Map<Priority, Histogram> byClass) {
    Histogram all = new Histogram(DIGITS);
    byClass.values().forEach(all::add);
    return all;
  }

  /// Null where nothing arrived.
  private static @org.jspecify.annotations.Nullable Long percentile(
      Histogram histogram, double percentile) {
    return histogram.getTotalCount() == 0 ? null : histogram.getValueAtPercentile(percentile);
  }

  private static Map<String, Long> percentiles(Histogram latencies) {
    Map<String, Long> percentiles = new LinkedHashMap<>();
    if (latencies.getTotalCount() > 0) {
      for (String percentile : PERCENTILES) {
        percentiles.put(percentile, latencies.getValueAtPercentile(Double.parseDouble(percentile)));
      }
    }
    return percentiles;
  }

  private static Map<String, Long> summary(Histogram latencies, long latenessNanos) {
    Map<String, Long> summary = new LinkedHashMap<>();
    summary.put("messages", latencies.getTotalCount());
    summary.put("p50Micros", latencies.getValueAtPercentile(50));
    summary.put("p99Micros", latencies.getValueAtPercentile(99));
    summary.put("maxMicros", latencies.getMaxValue());
    summary.put("generatorMaxLatenessMicros", latenessNanos / 1_000);
    return summary;
  }

  private static Map<String, Double> perMessage(Interval interval) {
    Map<String, Double> each = new LinkedHashMap<>();
    interval
        .work()
        .forEach((name, count) -> {
          if (interval.arrivals() > 0) {
            each.put(name, Figures.rounded(count / interval.arrivals()));
          }
        });
    return each;
  }

  private static double per(boolean known, double micros, double messages) {
    return known && messages > 0 ? micros / messages : Double.NaN;
  }

  /// Processor time of a message by name of who took it, where it is worth telling.
  private static Map<String, Double> each(
      Map<String, Long> begin, Map<String, Long> end, double messages) {
    Map<String, Double> each = new TreeMap<>();
    end.forEach((name, micros) -> {
      long taken = micros - begin.getOrDefault(name, 0L);
      double one = messages > 0 ? taken / messages : 0;
      if (one >= 0.005) {
        each.put(name, Math.round(one * 100) / 100.0);
      }
    });
    return each;
  }
}
