package dev.aegis.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The `postmaster.pid` of a cluster whose directory this gateway has locked: whatever it names is
/// a server of an earlier gateway, on its way out, or nothing at all.
final class PostmasterFile {
  private static final Logger LOG = LoggerFactory.getLogger(PostmasterFile.class);
  private static final Duration BY_ITSELF = Duration.ofSeconds(10);
  private static final Duration AFTER_SIGNAL = Duration.ofSeconds(30);

  private PostmasterFile() {}

  /// Waits for the earlier server, then asks it to stop; removes a file that names no server.
  static void settle(Path data) throws IOException, InterruptedException {
    Path file = data.resolve("postmaster.pid");
    Optional<ProcessHandle> earlier = server(file, data);
    if (earlier.isPresent()) {
      ProcessHandle server = earlier.get();
      if (!gone(server, BY_ITSELF)) {
        LOG.warn("stopping the PostgreSQL server {} that an earlier gateway left", server.pid());
        new ProcessBuilder("kill", "-INT", Long.toString(server.pid()))
            .inheritIO()
            .start()
            .waitFor();
        if (!gone(server, AFTER_SIGNAL)) {
          throw new StoreException.Unavailable(
              "the PostgreSQL server " + server.pid() + " over " + data + " does not stop", null);
        }
      }
    }
    Files.deleteIfExists(file);
  }

  /// The living process the file names, provided that it is a server over this directory: the
  /// number may belong to something else by now.
  private static Optional<ProcessHandle> server(Path file, Path data) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,10}")) {
      return Optional.empty();
    }
    long pid = Long.parseLong(lines.getFirst().strip());
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(_ -> runs(pid, data));
  }

  private static boolean runs(long pid, Path data) {
    try {
      String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      return command.contains("postgres") && command.contains(data.toString());
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean gone(ProcessHandle server, Duration patience) throws InterruptedException {
    try {
      server.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process failed", e);
    }
  }
}
