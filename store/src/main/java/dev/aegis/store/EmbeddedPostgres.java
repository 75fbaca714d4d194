package dev.aegis.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real PostgreSQL server, run as a child of this JVM over one directory that it owns: binaries,
/// cluster, password, log. Commits are durable (fsync, checksums), logins need the password, and it
/// listens on loopback only.
///
/// The server ends with the JVM, even one that is killed: a shell waits on a pipe from the JVM and
/// stops the server when the pipe closes.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

  /// $@ is the server. `cat` ends when the JVM does; SIGINT is PostgreSQL's fast shutdown. When the
  /// server ends first, its watcher goes too.
  private static final String WATCHED =
      "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; (cat <&3 >/dev/null; kill -INT $p 2>/dev/null) &"
          + " wait $p";

  private static final String USER = "aegis";
  private static final int START_SECONDS = 60;
  private static final int STOP_SECONDS = 60;
  private static final long POLL_MILLIS = 20;
  private static final long LOG_LIMIT_BYTES = 16L << 20;
  private static final FileAttribute<?> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> PRIVATE_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final FileChannel lock;
  private final Process process;
  private final int port;
  private final String password;

  private EmbeddedPostgres(FileChannel lock, Process process, int port, String password) {
    this.lock = lock;
    this.process = process;
    this.port = port;
    this.password = password;
  }

  /// Starts the server over `home`, creating the cluster the first time.
  ///
  /// @throws StoreException.Rejected another gateway uses the directory, or the host cannot run it
  /// @throws StoreException.Unavailable it did not come up
  public static EmbeddedPostgres start(Path home) {
    return start(home, home.resolve("postgres"));
  }

  /// The same, with the unpacked binaries kept in a directory that several clusters may share.
  public static EmbeddedPostgres start(Path home, Path binaries) {
    Path root = home.toAbsolutePath().normalize();
    FileChannel lock = null;
    try {
      Files.createDirectories(root, PRIVATE_DIRECTORY);
      lock = lock(root);
      Path installation = PostgresBinaries.unpack(binaries.toAbsolutePath().normalize());
      String password = password(root);
      Path data = root.resolve("data");
      if (!Files.exists(data)) {
        initialise(root, installation, data);
      }
      PostmasterFile.settle(data);
      EmbeddedPostgres server = launch(lock, root, installation, data, password);
      lock = null;
      return server;
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot set up PostgreSQL in " + root, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while starting PostgreSQL", e);
    } finally {
      release(lock);
    }
  }

  private static FileChannel lock(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held = null;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // This very JVM has it: the same answer as for another one.
    } finally {
      if (held == null) {
        channel.close();
      }
    }
    if (held == null) {
      throw new StoreException.Rejected(
          "another gateway uses the data directory " + root + "; stop it or choose another", null);
    }
    return channel;
  }

  private static void release(@Nullable FileChannel lock) {
    if (lock == null) {
      return;
    }
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String password(Path root) throws IOException {
    Path file = root.resolve("password");
    if (!Files.exists(file)) {
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      Path draft = root.resolve("password.new");
      Files.deleteIfExists(draft);
      Files.createFile(draft, PRIVATE_FILE);
      Files.writeString(draft, HexFormat.of().formatHex(random));
      Files.move(draft, file);
    }
    return Files.readString(file).strip();
  }

  /// Into a draft that is moved when complete: a crash leaves no half cluster behind.
  private static void initialise(Path root, Path installation, Path data)
      throws IOException, InterruptedException {
    Path draft = root.resolve("data.new");
    PostgresBinaries.delete(draft);
    List<String> command = unprivileged();
    command.addAll(
        List.of(
            installation.resolve("bin/initdb").toString(),
            "-D",
            draft.toString(),
            "-U",
            USER,
            "--pwfile",
            root.resolve("password").toString(),
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums"));
    Path log = root.resolve("postgres.log");
    Process initdb = child(command, log).start();
    initdb.getOutputStream().close();
    if (!initdb.waitFor(START_SECONDS, TimeUnit.SECONDS) || initdb.exitValue() != 0) {
      initdb.destroyForcibly();
      throw new StoreException.Rejected("initdb failed, see " + log, null);
    }
    Files.move(draft, data);
  }

  private static EmbeddedPostgres launch(
      FileChannel lock, Path root, Path installation, Path data, String password)
      throws IOException, InterruptedException {
    Path log = root.resolve("postgres.log");
    if (Files.exists(log) && Files.size(log) > LOG_LIMIT_BYTES) {
      Files.delete(log);
    }
    int port = port(root.resolve("port"));
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      // Ctrl-C at the terminal is for the gateway, which stops its server last.
      command.add("/usr/bin/setsid");
    }
    command.addAll(unprivileged());
    command.addAll(List.of("sh", "-c", WATCHED, "postgres"));
    command.addAll(List.of(installation.resolve("bin/postgres").toString(), "-D", data.toString()));
    command.addAll(List.of("-p", Integer.toString(port)));
    for (String setting :
        List.of(
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=on",
            "full_page_writes=on",
            "synchronous_commit=on",
            "max_connections=64",
            "max_wal_size=2GB",
            "checkpoint_timeout=10min",
            "wal_buffers=16MB",
            "jit=off")) {
      command.addAll(List.of("-c", setting));
    }
    Process process = child(command, log).start();
    EmbeddedPostgres server = new EmbeddedPostgres(lock, process, port, password);
    boolean up = false;
    try {
      server.awaitReady(log);
      up = true;
    } finally {
      if (!up) {
        server.stop();
      }
    }
    LOG.info("PostgreSQL runs over {} on port {}", root, port);
    return server;
  }

  private static ProcessBuilder child(List<String> command, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /// PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
  private static List<String> unprivileged() throws IOException {
    boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    return new ArrayList<>(root ? List.of("unshare", "-U") : List.of());
  }

  /// The port of last time if it is free, so that tools find the server again; else any free one.
  private static int port(Path file) throws IOException {
    if (Files.exists(file)) {
      String text = Files.readString(file).strip();
      if (text.matches("\\d{4,5}") && bindable(Integer.parseInt(text))) {
        return Integer.parseInt(text);
      }
    }
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = socket.getLocalPort();
      Files.writeString(file, Integer.toString(port));
      return port;
    }
  }

  private static boolean bindable(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private void awaitReady(Path log) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try (Connection _ = DriverManager.getConnection(url("postgres"), USER, password)) {
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw new StoreException.Unavailable("PostgreSQL did not come up, see " + log, e);
        }
      }
      if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable("PostgreSQL ended at once, see " + log, null);
      }
    }
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /// How to reach the database of that name, which is created if it does not exist.
  ///
  /// @param name lower-case letters, digits and underscores
  public DatabaseSettings database(String name) {
    if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException("not a plain database name");
    }
    try (Connection connection = DriverManager.getConnection(url("postgres"), USER, password);
        PreparedStatement known =
            connection.prepareStatement("SELECT 1 FROM pg_database WHERE datname = ?");
        Statement statement = connection.createStatement()) {
      known.setString(1, name);
      try (var rows = known.executeQuery()) {
        if (!rows.next()) {
          statement.execute("CREATE DATABASE " + name);
        }
      }
    } catch (SQLException e) {
      throw StoreException.of("cannot create the database " + name, e);
    }
    return DatabaseSettings.of(url(name), USER, password);
  }

  public int port() {
    return port;
  }

  /// Whether the server still runs.
  public boolean alive() {
    return process.isAlive();
  }

  private void stop() throws InterruptedException {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("the pipe to PostgreSQL was closed already", e);
    }
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("PostgreSQL did not stop within {} s and is killed", STOP_SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  /// Stops the server (fast shutdown: open transactions are rolled back) and frees the directory.
  @Override
  public void close() {
    boolean interrupted = false;
    try {
      stop();
    } catch (InterruptedException _) {
      interrupted = true;
    } finally {
      release(lock);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
