package dev.aegis.bench.load;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.Page;
import dev.aegis.bench.report.Plot;
import dev.aegis.bench.report.Table;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The page of a run: latency as it is distributed and over time, throughput, and what gateway,
/// database and clients take, each apart.
final class LoadPage {
  private static final double MILLI = 1e-3;
  private static final double MEBI = 1.0 / (1 << 20);

  private LoadPage() {}

  static Page of(Figures figures, Table table) {
    Page page =
        new Page("Load: %s".formatted(figures.text("guarantee")), figures)
            .plot(distribution(figures))
            .plot(
                overTime(figures, "throughput", "messages/s", 1)
                    .with("delivered", "messagesPerSecond")
                    .plot())
            .plot(
                overTime(figures, "latency", "ms", MILLI)
                    .with("p50", "p50Micros")
                    .with("p99", "p99Micros")
                    .plot())
            .plot(
                overTime(figures, "processor", "cores", 1)
                    .with("gateway", "gatewayCores")
                    .with("database", "databaseCores")
                    .with("clients", "clientCores")
                    .plot())
            .plot(
                overTime(figures, "resident memory", "MiB", MEBI)
                    .with("gateway", "gatewayRssBytes")
                    .with("database", "databaseRssBytes")
                    .with("clients", "clientRssBytes")
                    .plot());
    return page.table(table);
  }

  /// Over the number of nines, so that the tail has as much room as the rest.
  private static Plot distribution(Figures figures) {
    Plot plot = new Plot("latency by percentile", "ms", "");
    if (figures.values().get("percentiles") instanceof Map<?, ?> percentiles) {
      double[] xs = new double[percentiles.size()];
      double[] ys = new double[percentiles.size()];
      int i = 0;
      for (Map.Entry<?, ?> each : percentiles.entrySet()) {
        double percentile = Double.parseDouble(String.valueOf(each.getKey()));
        xs[i] = nines(percentile);
        ys[i] = number(each.getValue()) * MILLI;
        plot.xTick(xs[i], each.getKey() + " %");
        i++;
      }
      plot.line("all messages", xs, ys);
    }
    return plot;
  }

  static double nines(double percentile) {
    return -Math.log10(1 - Math.min(percentile, 99.999) / 100);
  }

  private static OverTime overTime(Figures figures, String title, String unit, double factor) {
    return new OverTime(
        figures.values().get("series") instanceof List<?> points ? points : List.of(),
        new Plot(title, unit, "s"),
        factor);
  }

  /// Lines over the seconds of a run.
  private record OverTime(List<?> points, Plot plot, double factor) {
    OverTime with(String name, String key) {
      double[] xs = new double[points.size()];
      double[] ys = new double[points.size()];
      for (int i = 0; i < xs.length; i++) {
        xs[i] = i + 1;
        ys[i] = points.get(i) instanceof Map<?, ?> point ? number(point.get(key)) * factor : 0;
      }
      plot.line(name, xs, ys);
      return this;
    }
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
