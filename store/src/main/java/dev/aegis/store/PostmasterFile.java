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

  /// Waits for the earlier server, then asks it to stop. A file that PostgreSQL would take for that
  /// of a running server is removed; one whose server died is left to it, for it also tells whether
  /// something of that server is still about.
  static void settle(Path data) throws IOException, InterruptedException {
    Path file = data.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,10}")) {
      Files.delete(file);
      return;
    }
    Optional<ProcessHandle> process =
        ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).filter(ProcessHandle::isAlive);
    if (process.isEmpty()) {
      return;
    }
    String command = command(process.get().pid());
    if (command.contains("postgres") && command.contains(data.toString())) {
      stop(process.get(), data);
    } else if (!command.isEmpty()) {
      Files.deleteIfExists(file); // the number belongs to something else by now
    }
  }

  private static void stop(ProcessHandle server, Path data)
      throws IOException, InterruptedException {
    if (gone(server, BY_ITSELF)) {
      return;
    }
    LOG.warn("stopping the PostgreSQL server {} that an earlier gateway left", server.pid());
    new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).inheritIO().start().waitFor();
    if (!gone(server, AFTER_SIGNAL)) {
      throw new StoreException.Unavailable(
          "the PostgreSQL server " + server.pid() + " over " + data + " does not stop", null);
    }
  }

  /// Empty for a process that has ended and was not waited for yet.
  private static String command(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException _) {
      return "";
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
