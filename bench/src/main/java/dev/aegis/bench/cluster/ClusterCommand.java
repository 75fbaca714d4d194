package dev.aegis.bench.cluster;

import dev.aegis.bench.compare.Results;
import dev.aegis.bench.load.LoadRun;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.ServerJavaOptions;
import dev.aegis.client.AegisException;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    description = {
      "Measures a cluster of two nodes beside a gateway alone, in turn, and tells the ratios.",
      "",
      "Both stand on one PostgreSQL and the nodes on one Redis, which are started for this. All"
          + " senders are at the first node and all receivers at the second, so that every message"
          + " crosses. Best-effort and at-least-once, as many as possible and at rates; a topic with"
          + " one publisher, whose subscribers are at both nodes; and services that send over REST.",
      "",
      "Told are throughput, latency, what is lost, and the processor time of a message in gateways,"
          + " Redis and PostgreSQL; with --json also what each of them has counted of a message:"
          + " requests, entries, bytes, socket calls. bench scaling computes from that what a larger"
          + " cluster needs."
    })
public final class ClusterCommand implements Callable<Integer> {
  static final String CLUSTER = "two-nodes";
  static final String ALONE = "alone";

  private static final int NODES = 2;
  private static final int MAX_ROUNDS = 1_000;
  private static final int FAILED = 1;

  /// What can be measured.
  enum Kind {
    BEST_EFFORT,
    AT_LEAST_ONCE,
    TOPIC,
    REST
  }

  @Option(
      names = "--kinds",
      split = ",",
      defaultValue = "best-effort,at-least-once,topic,rest",
      description = "Which, separated by commas (default: ${DEFAULT-VALUE}).",
      converter = KindConverter.class)
  List<Kind> kinds = List.of();

  @Option(
      names = "--rates",
      split = ",",
      defaultValue = "2000,10000,40000",
      description = {
        "Best-effort messages a second at which they are measured too, all senders together;",
        "0 for none (default: ${DEFAULT-VALUE})."
      })
  List<Double> rates = List.of();

  @Option(
      names = "--durable-rates",
      split = ",",
      defaultValue = "2000,8000,20000",
      description = "The same of at-least-once ones (default: ${DEFAULT-VALUE}).")
  List<Double> durableRates = List.of();

  @Option(
      names = "--pairs",
      defaultValue = "8",
      description = "Senders, and as many receivers (default: ${DEFAULT-VALUE}).")
  int pairs;

  @Option(
      names = "--subscribers",
      defaultValue = "200",
      description = "Subscribers of the topic, at both nodes in turn (default: ${DEFAULT-VALUE}).")
  int subscribers;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Bytes of a payload (default: ${DEFAULT-VALUE}).")
  int size;

  @Option(
      names = "--rounds",
      defaultValue = "2",
      description = "How often each is measured (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "How long each time (default: ${DEFAULT-VALUE}).")
  double seconds;

  @Option(
      names = "--warmup",
      defaultValue = "4",
      description = "Seconds under load before that (default: ${DEFAULT-VALUE}).")
  double warmup;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private final Results results = new Results(CLUSTER, List.of("beside", "two nodes", "alone"));
  private boolean failed;

  private record Target(String label, Nodes nodes) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || rounds > MAX_ROUNDS) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is " + rounds + ", allowed are 1 to " + MAX_ROUNDS);
    }
    List<Trial> trials = trials();
    Path home = Directories.temporary("cluster");
    try {
      output.say("starting PostgreSQL, Redis and three gateways");
      try (Servers servers = Servers.start(home, serverJava.words())) {
        List<Target> targets =
            new ArrayList<>(
                List.of(
                    new Target(CLUSTER, servers.cluster(NODES)),
                    new Target(ALONE, servers.alone())));
        for (int round = 1; round <= rounds; round++) {
          for (Trial trial : trials) {
            for (Target target : targets) {
              measure(trial, target, round);
            }
            Collections.rotate(targets, 1); // who is first heats up what the other finds
          }
        }
      }
      print(Directories.fileSystem(home));
    } finally {
      Directories.delete(home);
    }
    return failed ? FAILED : 0;
  }

  private List<Trial> trials() {
    Trials all = new Trials(pairs, subscribers, size, seconds, warmup);
    List<Trial> trials = new ArrayList<>();
    try {
      for (Kind kind : new LinkedHashSet<>(kinds)) {
        switch (kind) {
          case BEST_EFFORT -> pairs(all, Guarantee.BEST_EFFORT, rates, trials);
          case AT_LEAST_ONCE -> pairs(all, Guarantee.AT_LEAST_ONCE, durableRates, trials);
          case TOPIC -> trials.add(all.topic());
          case REST -> trials.add(all.rest());
        }
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return trials;
  }

  private static void pairs(
      Trials all, Guarantee guarantee, List<Double> rates, List<Trial> trials) {
    for (double rate : new LinkedHashSet<>(rates)) {
      if (rate != 0) {
        trials.add(all.pairs(guarantee, rate));
      }
    }
    trials.add(all.pairs(guarantee, 0));
  }

  /// One that fails leaves a gap; the others go on.
  private void measure(Trial trial, Target target, int round) throws InterruptedException {
    output.say(
        "%s %s, round %d of %d: %s"
            .formatted(
                trial.subject().label(), trial.subject().title(), round, rounds, target.label()));
    Nodes nodes = trial.on(target.nodes());
    try {
      Figures figures = new LoadRun(trial.plan(), nodes, spec.commandLine().getErr()).execute(null);
      results.add(trial.subject(), target.label(), round, figures);
      failed |= !Long.valueOf(0).equals(figures.values().get("lost"));
    } catch (IOException | AegisException e) {
      output.say("%s failed: %s".formatted(target.label(), e.getMessage()));
      results.failed(trial.subject(), target.label(), round, String.valueOf(e.getMessage()));
      failed = true;
    }
  }

  private void print(String fileSystem) {
    Figures figures =
        new Figures()
            .put("kind", "cluster")
            .put("systems", systems())
            .put("rounds", rounds)
            .put("seconds", seconds)
            .put("warmup", warmup)
            .put("pairs", pairs)
            .put("subscribers", subscribers)
            .put("size", size)
            .put("fileSystem", fileSystem)
            .put("trials", results.raw());
    output.print(figures, results.table());
  }

  private static List<Map<String, Object>> systems() {
    return List.of(
        Map.of(
            "system",
            CLUSTER,
            "description",
            "two nodes over one PostgreSQL and one Redis, senders at the first, receivers at the"
                + " second"),
        Map.of(
            "system", ALONE, "description", "one gateway over a database of the same PostgreSQL"));
  }
}
