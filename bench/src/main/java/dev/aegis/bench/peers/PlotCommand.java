package dev.aegis.bench.peers;

import dev.aegis.bench.compare.Subject;
import dev.aegis.bench.report.Bars;
import dev.aegis.bench.report.ResultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "plot",
    mixinStandardHelpOptions = true,
    description = "Draws what bench peers --json has printed: an SVG file for each workload.")
public final class PlotCommand implements Callable<Integer> {
  private static final double ANY_SECONDS = 1;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "What it printed; rounds of several files are put together.")
  List<Path> files = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where the drawings go (default: here).")
  Path directory = Path.of("");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// One workload's groups, by what they measure.
  private static final class Drawing {
    final Map<String, Map<String, List<Double>>> groups = new LinkedHashMap<>();

    void add(String group, String system, double value) {
      groups
          .computeIfAbsent(group, _ -> new LinkedHashMap<>())
          .computeIfAbsent(system, _ -> new ArrayList<>())
          .add(value);
    }

    String svg() {
      Bars bars = new Bars();
      groups.forEach((title, systems) -> {
        Bars.Group group = bars.group(title);
        systems.forEach((system, values) ->
            group.bar(
                system,
                system.equals(Aegis.LABEL),
                values.stream().mapToDouble(Double::doubleValue).toArray()));
      });
      return bars.svg();
    }
  }

  @Override
  public Integer call() throws IOException {
    List<JsonNode> trials = new ArrayList<>();
    for (Path file : files) {
      ResultFile.read(file, "peers").path("trials").forEach(trials::add);
    }
    Exercises exercises =
        new Exercises(ANY_SECONDS, ANY_SECONDS, new PrintWriter(Writer.nullWriter()));
    Files.createDirectories(directory);
    for (Workload workload : Workload.values()) {
      Drawing drawing = new Drawing();
      for (Exercise exercise : exercises.of(workload)) {
        draw(exercise, trials, drawing);
      }
      if (!drawing.groups.isEmpty()) {
        Path file = directory.resolve(workload.label().toLowerCase(Locale.ROOT) + ".svg");
        Files.writeString(file, drawing.svg());
        spec.commandLine().getOut().println(file);
      }
    }
    return 0;
  }

  private static void draw(Exercise exercise, List<JsonNode> trials, Drawing drawing) {
    for (Subject.Measure measure : exercise.measures()) {
      String title =
          "%s %s: %s".formatted(exercise.workload().label(), exercise.title(), measure.title());
      for (JsonNode trial : trials) {
        JsonNode value = trial.path("figures").path(measure.figure());
        if (trial.path("workload").asString("").equals(exercise.workload().name())
            && trial.path("exercise").asString("").equals(exercise.title())
            && value.isNumber()) {
          drawing.add(title, trial.path("system").asString(""), value.asDouble());
        }
      }
    }
  }
}
