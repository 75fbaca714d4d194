package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.cli.Main;
import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.config.GatewayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// A gateway in a process of its own, as `./aegis serve` runs it, on a port that it keeps over all
/// its lives. It ends with this JVM, however that ends.
public final class GatewayProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int ABANDONED = 3;

  /// How far its clock is ahead, as a duration; a variable of its environment.
  static final String AHEAD = "AEGIS_TEST_CLOCK_AHEAD";

  /// Below the range that systems take the ports of outgoing connections from: while the gateway is
  /// away, nothing else gets its port by chance.
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 12_000;

  private final Path dataDir;
  private final Path log;
  private final Map<String, String> settings;
  private final int port;
  private Process process;

  /// Launches it; [#awaitReady] waits for it.
  ///
  /// @param log where its output goes
  /// @param settings as variables of its environment
  public GatewayProcess(Path dataDir, Path log, Map<String, String> settings) throws IOException {
    this.dataDir = dataDir;
    this.log = log;
    this.settings = Map.copyOf(settings);
    this.port = freePort();
    this.process = launch();
  }

  private Process launch() throws IOException {
    Files.deleteIfExists(DataDirectory.managementFile(dataDir));
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1", // several start at once, and live for a minute
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                GatewayProcess.class.getName()));
    command.addAll(List.of("serve", "--data-dir", dataDir.toString()));
    command.addAll(List.of("--listen", "127.0.0.1:" + port));
    command.addAll(List.of("--management-listen", "127.0.0.1:0"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(settings);
    return builder.start();
  }

  /// The process itself: it stops when its standard input ends, whose other end the JVM that
  /// started it holds.
  public static void main(String[] arguments) throws Exception {
    Thread.ofPlatform().name("test-parent").daemon().start(GatewayProcess::watch);
    String ahead = System.getenv(AHEAD);
    if (ahead == null) {
      Main.main(arguments);
    } else {
      serve(arguments, Clock.offset(Clock.systemUTC(), Duration.parse(ahead)));
    }
  }

  /// What `serve` does, by a clock that its command line has no word for.
  private static void serve(String[] arguments, Clock clock) throws Exception {
    Map<String, String> flags = new HashMap<>();
    for (int i = 1; i < arguments.length; i += 2) {
      flags.put(
          arguments[i].substring(2).replace("management-listen", "management.listen"),
          arguments[i + 1]);
    }
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.remove(AHEAD);
    GatewayConfig config =
        GatewayConfig.of(
            Configuration.load(
                new Configuration.Inputs(null, flags, environment, Path.of("").toAbsolutePath())));
    Gateway gateway = Gateway.start(config, clock);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(gateway::close));
    new CountDownLatch(1).await();
  }

  private static void watch() {
    try (InputStream parent = System.in) {
      while (parent.read() >= 0) {
        // nothing is said there
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      System.exit(ABANDONED); // in order: a parent that sends SIGTERM closes it too
    }
  }

  /// One that nobody listens on.
  static int freePort() throws IOException {
    while (true) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (BindException _) {
        // somebody else's
      }
    }
  }

  /// Until it takes agents.
  public void awaitReady() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> {
          assertThat(process.isAlive()).as("the gateway runs, see %s", log).isTrue();
          return Files.exists(DataDirectory.managementFile(dataDir));
        });
  }

  public GatewayAccess access() {
    return new GatewayAccess(dataDir, port);
  }

  /// Tells it to stop in order (SIGTERM), and does not wait for that.
  public void terminate() {
    process.destroy();
  }

  /// Stops it in order.
  public void stop() throws InterruptedException {
    terminate();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as("the gateway ended, see %s", log)
        .isTrue();
  }

  /// Kills it, as SIGKILL does.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// Starts it again after [#stop] or [#kill].
  public void start() throws IOException {
    assertThat(process.isAlive()).as("it runs").isFalse();
    process = launch();
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
