package dev.aegis.bench.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// The first process of an embedded PostgreSQL.
final class Postmaster {
  private Postmaster() {}

  /// Kills it as `kill -9` does.
  ///
  /// @param home of the server
  /// @param owner which has started it
  /// @return false when it is down
  static boolean kill(Path home, ProcessHandle owner) throws IOException {
    Path file = home.resolve("data/postmaster.pid");
    Optional<String> pid;
    try (Stream<String> lines = Files.lines(file)) {
      pid = lines.findFirst().map(String::strip).filter(line -> line.matches("\\d{1,10}"));
    } catch (NoSuchFileException _) {
      return false; // it is down, or just going away
    }
    return pid.flatMap(digits -> child(owner, Long.parseLong(digits)))
        .map(ProcessHandle::destroyForcibly)
        .orElse(false);
  }

  /// A process only if it is the owner's: the file may be of one that is gone, and its number
  /// somebody else's.
  private static Optional<ProcessHandle> child(ProcessHandle owner, long pid) {
    return owner.descendants().filter(process -> process.pid() == pid).findFirst();
  }
}
