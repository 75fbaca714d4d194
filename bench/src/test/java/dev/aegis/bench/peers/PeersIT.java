package dev.aegis.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aegis.bench.Main;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.report.Figures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// The real servers, as far as they are installed: what `bench peers` itself measures or leaves out
/// with a word. The codecs are tested without any.
class PeersIT {
  private static final List<Workload> SATURATED =
      List.of(Workload.W1, Workload.W2, Workload.W2X, Workload.W5);

  private final StringWriter progress = new StringWriter();
  private final Exercises exercises = new Exercises(1, 0.5, new PrintWriter(progress));

  @TempDir private Path home = Path.of("");

  /// Every workload that has one exercise, with every peer that takes part.
  static Stream<Arguments> saturated() {
    Exercises exercises = new Exercises(1, 0, new PrintWriter(new StringWriter()));
    return SATURATED.stream()
        .flatMap(workload ->
            exercises.of(workload).getFirst().peers().stream()
                .map(peer -> Arguments.of(peer.label(), workload)));
  }

  /// The build must not need other vendors' servers, which are packages of one system and not of
  /// Maven. Where one is installed its tests run; where not, they are skipped and say what to
  /// install.
  private static Peer installed(String label) throws IOException, InterruptedException {
    Peer peer =
        Exercises.peers().stream()
            .filter(each -> each.label().equals(label))
            .findFirst()
            .orElseThrow();
    Optional<String> absence = peer.absence();
    assumeTrue(absence.isEmpty(), () -> label + ": " + absence.orElse(""));
    return peer;
  }

  @ParameterizedTest
  @MethodSource("saturated")
  void everyMessageArrivesOnceAtAServerThatGoesOn(String label, Workload workload)
      throws IOException, InterruptedException {
    try (PeerServer server = installed(label).start(home)) {
      Figures figures = exercises.of(workload).getFirst().trial().measure(server);

      assertThat(figures.values().get("sent")).as("%s", progress).isNotEqualTo(0L);
      assertThat(figures.values().get("arrived")).isEqualTo(figures.values().get("sent"));
      assertThat(figures.values())
          .containsEntry("lost", 0L)
          .containsEntry("duplicates", 0L)
          .containsEntry("unknown", 0L)
          .containsEntry("reordered", 0L);
    }
  }

  @ParameterizedTest
  @MethodSource("killed")
  void nothingIsLostWhereMessagesAreInFiles(String label) throws IOException, InterruptedException {
    try (PeerServer server = installed(label).start(home)) {
      Figures figures = exercises.of(Workload.W6).getFirst().trial().measure(server);

      assertThat(figures.values().get("accepted")).as("%s", progress).isNotEqualTo(0L);
      assertThat(figures.values()).containsEntry("lost", 0L).containsEntry("unanswered", 0L);
    }
  }

  static Stream<String> killed() {
    return Stream.of("jetstream");
  }

  @Test
  void saysWhichPeersThereAre() {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true); // as main does: W2x
    StringWriter errors = new StringWriter();
    line.setErr(new PrintWriter(errors));

    assertThat(line.execute("peers", "--peers", "nats,carrier-pigeon")).isEqualTo(2);
    assertThat(errors.toString())
        .contains("no peer is called \"carrier-pigeon\"", "nats, jetstream, jetstream-sync");
  }
}
