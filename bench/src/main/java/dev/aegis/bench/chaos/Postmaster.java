package dev.aegis.bench.chaos;

import dev.aegis.bench.server.PostmasterPid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/// The first process of an embedded PostgreSQL.
final class Postmaster {
  private Postmaster() {}

  /// Kills it as `kill -9` does.
  ///
  /// @param home of the server
  /// @param owner which has started it
  /// @return false when it is down
  static boolean kill(Path home, ProcessHandle owner) throws IOException {
    OptionalLong pid = PostmasterPid.of(home);
    return pid.isPresent() && kill(owner, pid.getAsLong());
  }

  /// A process only if it is the owner's: the file may be of one that is gone, and its number
  /// somebody else's.
  private static boolean kill(ProcessHandle owner, long pid) {
    return owner
        .descendants()
        .filter(process -> process.pid() == pid)
        .findFirst()
        .map(ProcessHandle::destroyForcibly)
        .orElse(false);
  }
}
