package dev.aegis.bench.compare;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Git;
import dev.aegis.bench.report.Machine;
import dev.aegis.bench.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Measures these sources and another commit in turn, and tells the ratios with their spread.",
      "",
      "The machine is as noisy for one as for the other: a ratio on whose side of 1 every round is",
      "can be believed, whatever the figures of another hour were. Give a benchmark behind --, as in",
      "  compare HEAD~1 -- load --guarantee at-least-once --seconds 5"
    })
public final class CompareCommand implements Callable<Integer> {
  private static final List<String> DEFAULT = List.of("load", "--guarantee", "at-least-once");

  @Parameters(index = "0", paramLabel = "REV", description = "The other commit, as git names it.")
  String revision = "";

  @Parameters(
      index = "1..*",
      paramLabel = "BENCHMARK",
      description = "load, journal, start or idle with options (default: load, at-least-once).")
  List<String> benchmark = new ArrayList<>();

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "How often each is measured (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--before",
      paramLabel = "OPTIONS",
      defaultValue = "",
      description = "More options of the benchmark for the other commit only.")
  String beforeOptions = "";

  @Option(
      names = "--now",
      paramLabel = "OPTIONS",
      defaultValue = "",
      description = {
        "More options for these sources only. With HEAD for the commit two ways of running the same",
        "are compared: compare HEAD --before '--setting audit.messages=false' -- load ..."
      })
  String nowOptions = "";

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1) {
      throw new ParameterException(spec.commandLine(), "--rounds must be positive");
    }
    List<String> arguments = benchmark.isEmpty() ? DEFAULT : benchmark;
    Path root =
        Git.output(Machine.sources(), "rev-parse", "--show-toplevel")
            .map(Path::of)
            .orElseThrow(() -> new IOException("this program was not built in a git repository"));
    String commit =
        Git.output(root, "rev-parse", "--verify", "--quiet", revision + "^{commit}")
            .orElseThrow(() ->
                new ParameterException(spec.commandLine(), "git knows no commit " + revision));
    try (Tree before = Tree.of(root, commit, beforeOptions)) {
      Tree now = Tree.working(root, Machine.commit(), nowOptions);
      for (Tree tree : List.of(before, now)) {
        output.say("building " + tree.name());
        tree.build(arguments.getFirst());
      }
      print(before, now, measured(before, now, arguments), arguments);
    }
    return 0;
  }

  private List<Ratio> measured(Tree before, Tree now, List<String> arguments)
      throws IOException, InterruptedException {
    Map<String, Ratio> ratios = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      // In turn also who is first: what the first one heats up is not always the other's loss.
      boolean nowFirst = round % 2 == 0;
      Map<String, Double> first = measured(round, nowFirst ? now : before, arguments);
      Map<String, Double> second = measured(round, nowFirst ? before : now, arguments);
      Map<String, Double> old = nowFirst ? second : first;
      Map<String, Double> fresh = nowFirst ? first : second;
      for (Map.Entry<String, Double> figure : fresh.entrySet()) {
        double was = old.getOrDefault(figure.getKey(), 0.0);
        if (was > 0 && figure.getValue() > 0) {
          Ratio ratio =
              ratios.computeIfAbsent(
                  figure.getKey(), name -> new Ratio(name, new ArrayList<>(), new ArrayList<>()));
          ratio.before().add(was);
          ratio.now().add(figure.getValue());
        }
      }
    }
    return List.copyOf(ratios.values());
  }

  private Map<String, Double> measured(int round, Tree tree, List<String> arguments)
      throws IOException, InterruptedException {
    output.say("round %d of %d: %s".formatted(round, rounds, tree.name()));
    Map<String, Double> figures = tree.measure(arguments);
    Double rate = figures.get("messagesPerSecond");
    if (rate != null) {
      output.say("  %,.0f messages/s".formatted(rate));
    }
    return figures;
  }

  private void print(Tree before, Tree now, List<Ratio> ratios, List<String> arguments) {
    Table table = new Table().row("", before.name(), now.name(), "ratio", "least", "most", "");
    Map<String, Object> compared = new LinkedHashMap<>();
    for (Ratio ratio : ratios) {
      table.row(
          ratio.figure(),
          Figures.text(ratio.medianBefore()),
          Figures.text(ratio.medianNow()),
          Figures.text(ratio.median()),
          Figures.text(ratio.least()),
          Figures.text(ratio.most()),
          ratio.agrees() ? "" : "no difference seen");
      compared.put(
          ratio.figure(),
          Map.of("before", ratio.before(), "now", ratio.now(), "ratio", ratio.median()));
    }
    Figures figures =
        new Figures()
            .put("kind", "compare")
            .put("benchmark", String.join(" ", arguments))
            .put("before", before.name())
            .put("now", now.name())
            .put("figures", compared);
    output.print(figures, table);
  }
}
