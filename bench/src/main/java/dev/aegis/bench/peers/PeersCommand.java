package dev.aegis.bench.peers;

import dev.aegis.bench.compare.Results;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.ServerJavaOptions;
import dev.aegis.client.AegisException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description = {
      "Measures other messaging systems beside Aegis on the same workloads, and tells the ratios.",
      "",
      "In each round every system is measured once, with a fresh server of its own and clients of the"
          + " same discipline, all over TLS 1.3 on this machine. A peer that is not installed is left"
          + " out with a word: nats-server, mosquitto and rabbitmq-server are packages of Debian.",
      "",
      "W1, W2, W2x: saturation, best-effort, at-least-once, exactly-once. W3: latency at fixed rates."
          + " W4: idle connections. W5: fan-out. W6: kill -9 under durable load. W7: priorities under"
          + " overload (Aegis alone)."
    })
public final class PeersCommand implements Callable<Integer> {
  private static final int MAX_ROUNDS = 1_000;

  @Option(
      names = "--peers",
      split = ",",
      description = "Which, by name, separated by commas (default: all that are installed).")
  @Nullable List<String> names;

  @Option(
      names = "--workloads",
      split = ",",
      defaultValue = "W1,W2,W2x,W3,W4,W5,W6,W7",
      description = "Default: ${DEFAULT-VALUE}.")
  List<Workload> workloads = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "How often each is measured (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "How long each time (default: ${DEFAULT-VALUE}).")
  double seconds;

  @Option(
      names = "--warmup",
      defaultValue = "25",
      description = "Seconds under load before that (default: ${DEFAULT-VALUE}).")
  double warmup;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private final Results results = new Results(Aegis.LABEL, List.of("peer", "ours", "theirs"));

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || rounds > MAX_ROUNDS) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is " + rounds + ", allowed are 1 to " + MAX_ROUNDS);
    }
    Set<Peer> wanted = wanted();
    Map<Peer, String> absent = absent(wanted);
    Exercises exercises = new Exercises(seconds, warmup, spec.commandLine().getErr());
    for (Workload workload : new LinkedHashSet<>(workloads)) {
      for (Exercise exercise : exercises.of(workload)) {
        measure(exercise, wanted, absent);
      }
    }
    List<Map<String, Object>> systems = new ArrayList<>();
    Table legend = new Table().row("peer", "what it is");
    for (Peer peer : systems(wanted)) {
      String note = absent.get(peer);
      legend.row(peer.label(), note == null ? peer.description() : note);
      Map<String, Object> system = new LinkedHashMap<>();
      system.put("system", peer.label());
      system.put("description", peer.description());
      system.put("absence", note == null ? "" : note);
      systems.add(system);
    }
    Figures figures =
        new Figures()
            .put("kind", "peers")
            .put("systems", systems)
            .put("rounds", rounds)
            .put("seconds", seconds)
            .put("warmup", warmup)
            .put("trials", results.raw());
    output.print(figures, results.table(), legend);
    return 0;
  }

  private Set<Peer> wanted() {
    List<Peer> all = Exercises.peers();
    List<String> chosen = names;
    if (chosen == null) {
      return new LinkedHashSet<>(all);
    }
    Set<Peer> wanted = new LinkedHashSet<>();
    for (String name : chosen) {
      wanted.add(
          all.stream()
              .filter(peer -> peer.label().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new ParameterException(
                      spec.commandLine(),
                      "no peer is called \"%s\": there are %s"
                          .formatted(
                              name, String.join(", ", all.stream().map(Peer::label).toList())))));
    }
    return wanted;
  }

  private Map<Peer, String> absent(Set<Peer> wanted) throws IOException, InterruptedException {
    Map<Peer, String> absent = new LinkedHashMap<>();
    for (Peer peer : wanted) {
      Optional<String> why = peer.absence();
      if (why.isPresent()) {
        absent.put(peer, why.get());
        output.say("without " + peer.label() + ": " + why.get());
      }
    }
    return absent;
  }

  private List<Peer> systems(Set<Peer> wanted) {
    return Stream.concat(Stream.of(new Aegis(serverJava.words())), wanted.stream()).toList();
  }

  private void measure(Exercise exercise, Set<Peer> wanted, Map<Peer, String> absent)
      throws IOException, InterruptedException {
    List<Peer> systems =
        new ArrayList<>(
            systems(wanted).stream()
                .filter(peer -> peer instanceof Aegis || exercise.peers().contains(peer))
                .filter(peer -> !absent.containsKey(peer))
                .toList());
    for (int round = 1; round <= rounds; round++) {
      for (Peer peer : systems) {
        output.say(
            "%s %s, round %d of %d: %s"
                .formatted(
                    exercise.workload().label(), exercise.title(), round, rounds, peer.label()));
        measure(exercise, peer, round);
      }
      Collections.rotate(systems, -1); // who is first heats up what the others find
    }
  }

  /// One that fails leaves a gap; the others go on.
  private void measure(Exercise exercise, Peer peer, int round)
      throws IOException, InterruptedException {
    Path home = Directories.temporary(peer.label());
    try (PeerServer server = peer.start(home)) {
      results.add(exercise.subject(), peer.label(), round, exercise.trial().measure(server));
    } catch (IOException | AegisException e) {
      output.say("%s failed: %s".formatted(peer.label(), e.getMessage()));
      results.failed(exercise.subject(), peer.label(), round, String.valueOf(e.getMessage()));
    } finally {
      Directories.delete(home);
    }
  }
}
