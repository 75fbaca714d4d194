package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// PostgreSQL is killed alone, in the quiet after a burst, while the gateway goes on.
final class ServerKillIT {
  private static final int ROUNDS = 3;
  private static final int BURST = 200;

  /// No later commit takes the rows to disk here: they have to be there when they count as written.
  @Test
  void keepsWhatBecameRowsAMomentBeforeTheKill() throws Exception {
    Path home = TestServer.freshHome();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      DatabaseSettings settings = server.database("killed");
      List<String> sent = new ArrayList<>();
      OpenJournal open = new OpenJournal(settings, OpenJournal.bounds());
      try {
        for (int round = 0; round < ROUNDS; round++) {
          sent.addAll(commit(open, BURST));
          awaitRows(open);
          kill(home);
          sent.addAll(commit(open, 1));
          awaitRows(open);
        }
      } finally {
        open.journal.abandon();
        open.database.close();
      }
      try (OpenJournal again = new OpenJournal(settings, OpenJournal.bounds())) {
        assertThat(again.messages.pending("bob", PageCursor.START, 2 * ROUNDS * BURST))
            .extracting(message -> message.id().toString())
            .containsExactlyElementsOf(sent);
      }
    }
  }

  private static List<String> commit(OpenJournal open, int count) {
    return open
        .commitAll(
            IntStream.range(0, count)
                .mapToObj(i -> OpenJournal.message("alice", "bob", "message " + i).build())
                .toList())
        .stream()
        .map(accept -> accept.id().toString())
        .toList();
  }

  private static void awaitRows(OpenJournal open) {
    await()
        .atMost(OpenJournal.PATIENCE)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          JournalState state = open.journal.state();
          return state.projectedSegment() == state.committedSegment();
        });
  }

  /// All its processes, the one first that would look after the others.
  private static void kill(Path home) throws Exception {
    ProcessHandle postmaster = postmaster(home);
    List<ProcessHandle> all =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : all) {
      process.onExit().get(10, TimeUnit.SECONDS);
    }
  }

  private static ProcessHandle postmaster(Path home) throws IOException {
    long pid = Long.parseLong(Files.readAllLines(home.resolve("data/postmaster.pid")).getFirst());
    return ProcessHandle.of(pid).orElseThrow();
  }
}
