package dev.aegis.bench.peers.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server's process: started, killed, started again, and ended with this JVM. Confined to one
/// thread.
public final class ServerProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
  private static final Duration START = Duration.ofMinutes(1);
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final Duration END = Duration.ofSeconds(2);
  private static final int CONNECT_MILLIS = 1_000;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int TAIL_LINES = 20;

  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private final int port;
  private final Thread onExit = Thread.ofPlatform().name("bench-stop-peer").unstarted(this::stop);
  private volatile @Nullable Process process;

  private ServerProcess(List<String> command, Map<String, String> environment, Path log, int port) {
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.log = log;
    this.port = port;
  }

  /// Starts a server.
  ///
  /// @param environment beside what this JVM has
  /// @param log where its output goes
  /// @param port of the loopback address, where it listens once it is ready
  /// @throws IOException it did not become ready; the message has the end of its log
  public static ServerProcess start(
      List<String> command, Map<String, String> environment, Path log, int port)
      throws IOException, InterruptedException {
    ServerProcess server = new ServerProcess(command, environment, log, port);
    Runtime.getRuntime().addShutdownHook(server.onExit);
    boolean ready = false;
    try {
      server.launch();
      ready = true;
      return server;
    } finally {
      if (!ready) {
        server.close();
      }
    }
  }

  /// A port of the loopback address that nobody listened on a moment ago.
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void launch() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    Process started = builder.start();
    process = started;
    long began = System.nanoTime();
    while (!listens()) {
      if (!started.isAlive() || System.nanoTime() - began > START.toNanos()) {
        throw new IOException(command.getFirst() + " did not become ready:\n" + tail());
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      LOG.trace("not listening yet", e);
      return false;
    }
  }

  private String tail() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  public long pid() {
    Process current = process;
    return current == null ? 0 : current.pid();
  }

  /// As `kill -9` does, with all that it has started, and waits for the end.
  public void kill() throws InterruptedException {
    Process current = process;
    if (current != null) {
      List<ProcessHandle> below = current.descendants().toList();
      current.destroyForcibly();
      below.forEach(ProcessHandle::destroyForcibly);
      current.waitFor();
      awaitEnd(below);
    }
  }

  /// They are not children of this JVM, so only their being gone can be seen; and not even that
  /// where nobody collects them.
  private void awaitEnd(List<ProcessHandle> killed) {
    long began = System.nanoTime();
    while (killed.stream().anyMatch(ProcessHandle::isAlive)
        && System.nanoTime() - began < END.toNanos()) {
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  /// Starts it again after [#kill].
  public void restart() throws IOException, InterruptedException {
    launch();
  }

  @Override
  public void close() {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException _) {
      // This JVM is ending: the hook runs, and finds nothing left to do.
    }
  }

  private void stop() {
    Process current = process;
    if (current == null) {
      return;
    }
    List<ProcessHandle> below = current.descendants().toList();
    current.destroy();
    try {
      if (!current.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        current.destroyForcibly();
      }
    } catch (InterruptedException _) {
      current.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    below.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(below);
  }
}
