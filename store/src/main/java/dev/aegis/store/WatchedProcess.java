package dev.aegis.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server program that ends with this JVM, even one that is killed: a shell waits on a pipe from
/// the JVM and signals the server when the pipe closes. Thread-safe.
final class WatchedProcess {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedProcess.class);

  private static final int STOP_SECONDS = 60;

  private final String name;
  private final Process process;

  private WatchedProcess(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /// What starts a group of processes of its own, where the host has it: Ctrl-C at the terminal is
  /// for the JVM, which stops its server last.
  static List<String> group() {
    return Files.isExecutable(Path.of("/usr/bin/setsid")) ? List.of("/usr/bin/setsid") : List.of();
  }

  /// What the server's command line follows.
  ///
  /// @param signal what makes the server stop in order, without SIG; it may come more than once
  static List<String> watcher(String signal, String name) {
    // $@ is the server. `cat` ends when the JVM does. When the server ends first, its watcher goes
    // too. A server that was started just now may lose a signal (the shell lets it begin with
    // SIGINT
    // ignored), so it is sent until there is no server any more.
    return List.of(
        "sh",
        "-c",
        "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; (cat <&3 >/dev/null; while kill -"
            + signal
            + " $p 2>/dev/null; do sleep 1; done) & wait $p",
        name);
  }

  /// @param builder of a command with [#group] and [#watcher] in it
  static WatchedProcess start(String name, ProcessBuilder builder) throws IOException {
    return new WatchedProcess(name, builder.start());
  }

  boolean alive() {
    return process.isAlive();
  }

  /// Whether it has ended, after that long at most.
  boolean ended(long patienceMillis) throws InterruptedException {
    return process.waitFor(patienceMillis, TimeUnit.MILLISECONDS);
  }

  /// Waits until it has ended, and lets its watcher go.
  void awaitEnd() throws InterruptedException {
    process.waitFor();
    closePipe();
  }

  /// Stops it in order, and kills it where it does not.
  void stop() throws InterruptedException {
    closePipe();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("{} did not stop within {} s and is killed", name, STOP_SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private void closePipe() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("the pipe to {} was closed already", name, e);
    }
  }
}
