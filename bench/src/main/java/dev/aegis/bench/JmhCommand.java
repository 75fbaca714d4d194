package dev.aegis.bench;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "jmh",
    mixinStandardHelpOptions = true,
    description = {
      "Measures single stages with JMH, each beside its baselines, with allocation.",
      "A baseline is named after its stage: sealByJdkCipher is one of seal."
    })
final class JmhCommand implements Callable<Integer> {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  @Parameters(
      arity = "0..1",
      paramLabel = "PATTERN",
      defaultValue = "",
      description = "Only benchmarks whose name contains this (a regular expression).")
  String pattern = "";

  @Option(names = "--forks", defaultValue = "2", description = "JVMs (default: ${DEFAULT-VALUE}).")
  int forks;

  @Option(
      names = "--warmup",
      defaultValue = "3",
      description = "Iterations that do not count (default: ${DEFAULT-VALUE}).")
  int warmup;

  @Option(
      names = "--iterations",
      defaultValue = "3",
      description = "Iterations that count (default: ${DEFAULT-VALUE}).")
  int iterations;

  @Option(
      names = "--millis",
      defaultValue = "1000",
      description = "Length of an iteration (default: ${DEFAULT-VALUE}).")
  long millis;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Override
  public Integer call() throws IOException {
    Options options =
        new OptionsBuilder()
            .include("dev\\.aegis\\.bench\\..*" + pattern)
            .forks(forks)
            .warmupIterations(warmup)
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.milliseconds(millis))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .build();
    Collection<RunResult> results;
    try {
      results =
          new Runner(
                  options, OutputFormatFactory.createFormatInstance(System.err, VerboseMode.NORMAL))
              .run();
    } catch (RunnerException e) {
      throw new IOException("the benchmarks did not run: " + e.getMessage(), e);
    }
    List<Map<String, Object>> rows = rows(results);
    String command =
        "./aegis bench jmh "
            + (pattern.isEmpty() ? "" : pattern + " ")
            + "--forks %d --warmup %d --iterations %d --millis %d --json"
                .formatted(forks, warmup, iterations, millis);
    output.print(new Figures().put("kind", "jmh").put("benchmarks", rows), command, table(rows));
    return 0;
  }

  private static List<Map<String, Object>> rows(Collection<RunResult> results) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      Map<String, Object> row = new LinkedHashMap<>();
      String name = params.getBenchmark();
      row.put("benchmark", name.substring("dev.aegis.bench.".length()));
      StringBuilder values = new StringBuilder();
      for (String key : params.getParamsKeys()) {
        values.append(values.isEmpty() ? "" : ", ").append(params.getParam(key));
      }
      row.put("parameters", values.toString());
      Result<?> score = result.getSecondaryResults().get("taken");
      boolean counted = score != null;
      if (score == null) {
        score = result.getPrimaryResult();
      }
      row.put("score", score.getScore());
      row.put("error", Double.isNaN(score.getScoreError()) ? 0.0 : score.getScoreError());
      row.put("unit", score.getScoreUnit());
      row.put("higherIsBetter", params.getMode() == Mode.Throughput);
      Result<?> allocation = result.getSecondaryResults().get(ALLOCATION);
      if (allocation != null && !counted) {
        row.put("bytesPerOperation", allocation.getScore());
      }
      rows.add(row);
    }
    return rows;
  }

  private static Table table(List<Map<String, Object>> rows) {
    Table table =
        new Table().row("benchmark", "parameters", "score", "±", "unit", "B/op", "times as good");
    for (Map<String, Object> row : rows) {
      Object bytes = row.get("bytesPerOperation");
      table.row(
          String.valueOf(row.get("benchmark")),
          String.valueOf(row.get("parameters")),
          Figures.text((double) row.getOrDefault("score", 0.0)),
          Figures.text((double) row.getOrDefault("error", 0.0)),
          String.valueOf(row.get("unit")),
          bytes instanceof Double b ? Figures.text(Math.max(0, Math.rint(b))) : "",
          ratio(row, rows));
    }
    return table;
  }

  /// Of a baseline's row: how much better ours is than it.
  private static String ratio(Map<String, Object> row, List<Map<String, Object>> rows) {
    String name = String.valueOf(row.get("benchmark"));
    int by = name.lastIndexOf("By");
    if (by < 0) {
      return "";
    }
    for (Map<String, Object> ours : rows) {
      if (name.substring(0, by).equals(ours.get("benchmark"))
          && String.valueOf(row.get("parameters")).equals(ours.get("parameters"))) {
        double mine = (double) ours.getOrDefault("score", 0.0);
        double theirs = (double) row.getOrDefault("score", 0.0);
        boolean higher = Boolean.TRUE.equals(row.get("higherIsBetter"));
        return "ours is " + Figures.text(higher ? mine / theirs : theirs / mine);
      }
    }
    return "";
  }
}
