package dev.aegis.bench.server;

import dev.aegis.gateway.config.DataDirectory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A gateway in a JVM of its own, on free ports, and on the embedded database where it is given no
/// other, with what `./aegis serve` runs with. It is stopped with this object, and with this JVM.
public final class GatewayProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration STOP = Duration.ofMinutes(1);
  private static final long POLL_NANOS = 2_000_000;

  private final Process process;
  private final Thread onExit;
  private final Path dataDir;
  private final long readyNanos;

  private GatewayProcess(Process process, Thread onExit, Path dataDir, long readyNanos) {
    this.process = process;
    this.onExit = onExit;
    this.dataDir = dataDir;
    this.readyNanos = readyNanos;
  }

  /// Rates that no sender reaches: what is measured is how fast the gateway is, not where its
  /// default allowance of an agent ends.
  public static final Map<String, String> UNHINDERED =
      Map.of(
          "AEGIS_RATES_AGENT",
          "1000000:1000000",
          "AEGIS_RATES_TYPE",
          "1000000:1000000",
          "AEGIS_RATES_URGENT",
          "1000000:1000000");

  /// Starts a gateway and waits until it is ready.
  ///
  /// @param log where its output goes
  /// @param jvmOptions more options for its JVM
  /// @throws IOException it did not become ready; its log says why
  public static GatewayProcess start(Path dataDir, Path log, List<String> jvmOptions)
      throws IOException, InterruptedException {
    return start(dataDir, log, jvmOptions, 0);
  }

  /// Starts a gateway and waits until it is ready.
  ///
  /// @param port where agents connect, 0 for a free one
  /// @throws IOException it did not become ready; its log says why
  public static GatewayProcess start(Path dataDir, Path log, List<String> jvmOptions, int port)
      throws IOException, InterruptedException {
    return start(dataDir, log, jvmOptions, port, Map.of());
  }

  /// As above.
  ///
  /// @param environment settings as variables
  public static GatewayProcess start(
      Path dataDir, Path log, List<String> jvmOptions, int port, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path announcement = DataDirectory.managementFile(dataDir);
    long began = System.nanoTime();
    Process process = launch(dataDir, log, jvmOptions, port, environment);
    Thread onExit = Thread.ofPlatform().name("bench-stop-gateway").unstarted(() -> stop(process));
    Runtime.getRuntime().addShutdownHook(onExit);
    boolean ready = false;
    try {
      awaitReady(process, announcement, began, log);
      ready = true;
      return new GatewayProcess(process, onExit, dataDir, System.nanoTime() - began);
    } finally {
      if (!ready) {
        process.destroyForcibly();
      }
    }
  }

  /// Starts a gateway, and does not wait for it. It ends when its standard input does, so with this
  /// JVM, however that ends.
  ///
  /// @param port where agents connect, 0 for a free one
  public static Process launch(Path dataDir, Path log, List<String> jvmOptions, int port)
      throws IOException {
    return launch(dataDir, log, jvmOptions, port, Map.of());
  }

  /// As above.
  ///
  /// @param environment settings as variables, which only this user can read, in contrast to a
  ///   command line
  public static Process launch(
      Path dataDir, Path log, List<String> jvmOptions, int port, Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(GatewayMain.class.getName(), "serve"));
    command.addAll(List.of("--listen", "127.0.0.1:" + port));
    command.addAll(List.of("--management-listen", "127.0.0.1:0"));
    command.addAll(List.of("--data-dir", dataDir.toString()));
    Files.deleteIfExists(DataDirectory.managementFile(dataDir));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  /// Waits until a gateway just launched is ready.
  ///
  /// @throws IOException it did not become ready; its log says why
  public static void awaitReady(Process process, Path dataDir, Path log)
      throws IOException, InterruptedException {
    awaitReady(process, DataDirectory.managementFile(dataDir), System.nanoTime(), log);
  }

  private static void awaitReady(Process process, Path announcement, long began, Path log)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (!Files.exists(announcement)
          || !GatewayAccess.isReady(http, Files.readString(announcement).strip())) {
        if (!process.isAlive() || System.nanoTime() - began > START.toNanos()) {
          throw new IOException("the gateway did not become ready:\n" + tail(log));
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  /// Words of a command line, split at spaces.
  public static List<String> words(String options) {
    return Arrays.stream(options.split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  /// From the start of the process until `/readyz` said yes.
  public long readyNanos() {
    return readyNanos;
  }

  public long pid() {
    return process.pid();
  }

  public Path dataDir() {
    return dataDir;
  }

  public GatewayAccess access() throws IOException {
    return GatewayAccess.of(dataDir, null);
  }

  /// Kills it as `kill -9` does, and waits for the end. Its database is left to itself.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// An orderly stop, so that the embedded database is stopped too.
  @Override
  public void close() {
    stop(process);
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException _) {
      // This JVM is ending: the hook runs, and finds nothing left to do.
    }
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
