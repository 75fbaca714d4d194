package dev.aegis.bench.chaos;

import dev.aegis.bench.server.PostmasterPid;
import dev.aegis.bench.server.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/// Cuts connections to the database that a gateway has started itself, where no relay can stand in
/// between: by the server's process of a connection, which is ended (SIGTERM), or stands still
/// (SIGSTOP) and then goes on or is ended. Confined to one thread.
final class BackendCuts {
  /// How the process of somebody's connection calls itself; those of the server's own work have no
  /// address.
  private static final String CONNECTION = "postgres: .* 127\\.0\\.0\\.1\\(\\d+\\).*";

  private final Path home;
  private final List<Held> held = new ArrayList<>();
  private final Map<Cut, Long> connectionsCut = new EnumMap<>(Cut.class);

  private record Held(ProcessHandle backend, Cut cut, long untilNanos) {
    void end() throws IOException {
      if (!cut.isSurvived()) {
        backend.destroy();
      }
      Signal.CONT.send(backend.pid());
    }
  }

  /// @param home of the database
  BackendCuts(Path home) {
    this.home = home;
  }

  /// @return what was done; empty when there is nothing to cut just now
  Optional<String> cut(KillSchedule.Kill kill, ProcessHandle owner, long nowNanos)
      throws IOException {
    OptionalLong server = PostmasterPid.of(home);
    if (server.isEmpty() || !held.isEmpty()) {
      return Optional.empty();
    }
    List<ProcessHandle> all =
        owner
            .descendants()
            .filter(each ->
                each.parent().stream().anyMatch(parent -> parent.pid() == server.getAsLong()))
            .filter(each -> ProcFs.title(each.pid()).matches(CONNECTION))
            .toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Cut cut = Links.cutOf(kill.luck());
    Random luck = new Random(~kill.luck());
    List<ProcessHandle> chosen =
        luck.nextBoolean() ? all : List.of(all.get(luck.nextInt(all.size())));
    for (ProcessHandle backend : chosen) {
      if (cut.isInstant()) {
        backend.destroy();
      } else {
        Signal.STOP.send(backend.pid());
        held.add(new Held(backend, cut, nowNanos + kill.holdNanos()));
      }
    }
    connectionsCut.merge(cut, (long) chosen.size(), Long::sum);
    return Optional.of(
        "%s, %d of %d connections%s"
            .formatted(
                cut.label(),
                chosen.size(),
                all.size(),
                cut.isInstant() ? "" : ", for " + kill.holdMillis() + " ms"));
  }

  /// Ends what is over.
  void tick(long nowNanos) throws IOException {
    if (!held.isEmpty() && nowNanos - held.getFirst().untilNanos >= 0) {
      mend();
    }
  }

  /// Ends everything.
  void mend() throws IOException {
    for (Held each : held) {
      each.end();
    }
    held.clear();
  }

  /// How many connections were cut, by how.
  Map<Cut, Long> connectionsCut() {
    return Map.copyOf(connectionsCut);
  }
}
