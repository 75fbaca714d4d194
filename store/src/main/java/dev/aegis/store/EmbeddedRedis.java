package dev.aegis.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real Redis server, run as a child of this JVM over one directory that it owns, for tests and
/// benchmarks: only their class paths carry the program, a gateway is pointed at a Redis that
/// others run. It listens on loopback only, wants a password, and appends every write to its file
/// before it answers, so what it acknowledged outlives its process.
///
/// None outlives the JVM, even one that is killed. One that ends by itself stays down: a test
/// decides when it is back. Thread-safe.
public final class EmbeddedRedis implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
  private static final String VERSION = "7.0.15";
  private static final int START_SECONDS = 30;
  private static final int KILL_SECONDS = 10;
  private static final int PROBE_MILLIS = 1_000;
  private static final long POLL_MILLIS = 10;
  private static final FileAttribute<?> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path home;
  private final Path program;
  private final String password;
  private final int port;
  private final EmbeddedRedisRole role;
  private WatchedProcess process;

  private EmbeddedRedis(Path home, Path program, String password, int port, EmbeddedRedisRole role)
      throws IOException {
    this.home = home;
    this.program = program;
    this.password = password;
    this.port = port;
    this.role = role;
    this.process = launch();
  }

  /// Starts a server over `home`, with what an earlier one left there, on the same port if that is
  /// free.
  ///
  /// @param binaries where the program is unpacked; several servers may share it
  /// @throws StoreException.Rejected the host cannot run it
  /// @throws StoreException.Unavailable it did not come up
  public static EmbeddedRedis start(Path home, Path binaries) {
    return start(home, binaries, EmbeddedRedisRole.alone());
  }

  /// As above, in a role of its own.
  public static EmbeddedRedis start(Path home, Path binaries, EmbeddedRedisRole role) {
    try {
      Path root = Files.createDirectories(home.toAbsolutePath().normalize());
      EmbeddedRedis server =
          new EmbeddedRedis(
              root,
              unpack(binaries.toAbsolutePath().normalize()),
              role.password().isEmpty() ? password(root.resolve("password")) : role.password(),
              port(root),
              role);
      server.awaitReady();
      return server;
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot set up Redis in " + home, e);
    }
  }

  /// The port that a server over `home`, which exists, is going to have.
  static int port(Path home) throws IOException {
    return LoopbackPort.kept(home.resolve("port"));
  }

  /// How to reach it, password included: `redis://:password@127.0.0.1:port`.
  public String url() {
    return "redis://:" + password + "@127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  public String password() {
    return password;
  }

  public synchronized boolean alive() {
    return process.alive();
  }

  /// The server's process.
  public ProcessHandle server() {
    try {
      long pid = Long.parseLong(Files.readString(pidFile()).strip());
      return ProcessHandle.of(pid)
          .orElseThrow(() -> new StoreException.Unavailable("Redis does not run", null));
    } catch (IOException e) {
      throw new StoreException.Unavailable("Redis does not run", e);
    }
  }

  /// Kills it (SIGKILL) and waits until it is gone.
  public synchronized void kill() {
    ProcessHandle server = server();
    server.destroyForcibly();
    try {
      server.onExit().get(KILL_SECONDS, TimeUnit.SECONDS);
      process.awaitEnd();
    } catch (TimeoutException | ExecutionException e) {
      throw new StoreException.Unavailable("Redis could not be killed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while killing Redis", e);
    }
  }

  /// Starts it again after [#kill], on the same port.
  ///
  /// @throws StoreException.Unavailable it did not come up
  public synchronized void restart() {
    if (process.alive()) {
      throw new IllegalStateException("it runs");
    }
    try {
      process = launch();
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot start Redis in " + home, e);
    }
    awaitReady();
  }

  /// Has it forget everything.
  ///
  /// @throws StoreException.Unavailable it does not answer
  public synchronized void flush() {
    if (!answers("FLUSHALL", "+OK")) {
      throw new StoreException.Unavailable("Redis does not take FLUSHALL", null);
    }
  }

  /// Whether it leads now: it is not a replica, and answers.
  public boolean isMaster() {
    return answers("ROLE", "*3"); // with how far it is, and its replicas
  }

  /// Whether it follows another one now, and answers.
  public boolean isReplica() {
    return answers("ROLE", "*5"); // with where its master is, its link there and how far it is
  }

  /// Lets it stand still (SIGSTOP): its sockets stay open and nothing answers, until [#resume].
  public synchronized void pause() {
    signal("STOP");
  }

  /// Lets it go on.
  public synchronized void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int status =
          new ProcessBuilder("sh", "-c", "kill -" + name + " " + server().pid()).start().waitFor();
      if (status != 0) {
        throw new StoreException.Unavailable("Redis does not take SIG" + name, null);
      }
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot send SIG" + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while signalling Redis", e);
    }
  }

  /// Stops it in order.
  @Override
  public synchronized void close() {
    try {
      process.stop();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // it stops all the same: the pipe is closed
    }
  }

  private Path pidFile() {
    return home.resolve("redis.pid");
  }

  private Path log() {
    return home.resolve("redis.log");
  }

  private WatchedProcess launch() throws IOException {
    // In a file, not on the command line, which everybody on the host can read.
    Path settings = home.resolve("redis.conf");
    Files.deleteIfExists(settings);
    Files.createFile(settings, PRIVATE_FILE);
    List<String> lines =
        new ArrayList<>(
            List.of(
                "bind 127.0.0.1",
                "port " + port,
                "dir " + quoted(home),
                "pidfile " + quoted(pidFile()),
                "daemonize no"));
    if (!role.sentinel()) {
      lines.addAll(
          List.of(
              "requirepass " + password,
              "masterauth " + password,
              "appendonly yes",
              "appendfsync everysec",
              "save \"\""));
    }
    lines.addAll(role.directives());
    Files.write(settings, lines);
    List<String> command = new ArrayList<>(WatchedProcess.group());
    command.addAll(WatchedProcess.watcher("TERM", "redis"));
    command.addAll(List.of(program.toString(), settings.toString()));
    if (role.sentinel()) {
      command.add("--sentinel");
    }
    return WatchedProcess.start(
        "Redis",
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile())));
  }

  private static String quoted(Path path) {
    return "\"" + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private synchronized void awaitReady() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    boolean up = false;
    try {
      while (!answers("PING", "+PONG")) {
        if (System.nanoTime() > deadline) {
          throw new StoreException.Unavailable("Redis did not come up, see " + log(), null);
        }
        if (process.ended(POLL_MILLIS)) {
          throw new StoreException.Unavailable("Redis ended at once, see " + log(), null);
        }
      }
      up = true;
      LOG.info("Redis runs over {} on port {}", home, port);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while starting Redis", e);
    } finally {
      if (!up) {
        close();
      }
    }
  }

  /// Whether it takes commands: it answers while it still loads its file, but not with PONG.
  private boolean answers(String command, String answer) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), PROBE_MILLIS);
      socket.setSoTimeout(PROBE_MILLIS);
      String login = role.sentinel() ? "" : "AUTH " + password + "\r\n";
      socket
          .getOutputStream()
          .write((login + command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      BufferedReader answers =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      return (role.sentinel() || "+OK".equals(answers.readLine()))
          && answer.equals(answers.readLine());
    } catch (IOException e) {
      LOG.debug("Redis does not answer yet: {}", e.getMessage());
      return false;
    }
  }

  private static String password(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      Files.createFile(file, PRIVATE_FILE);
      Files.writeString(
          file, HexFormat.of().formatHex(random), StandardOpenOption.TRUNCATE_EXISTING);
    }
    return Files.readString(file).strip();
  }

  private static Path unpack(Path binaries) throws IOException {
    boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    String architecture =
        switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          case String other ->
              throw new StoreException.Rejected("there is no Redis program for " + other, null);
        };
    String name = "redis-server-" + VERSION + "-" + (mac ? "darwin" : "linux") + "-" + architecture;
    Path program = binaries.resolve(name);
    if (Files.exists(program)) {
      return program;
    }
    Files.createDirectories(binaries);
    Path draft = Files.createTempFile(binaries, "redis", ".new");
    try (InputStream in = EmbeddedRedis.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new StoreException.Rejected(
            "the program " + name + " is not on the class path", null);
      }
      Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(draft, program, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
    return program;
  }
}
