package dev.aegis.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One run of a PostgreSQL server over a cluster. It ends with the JVM, even one that is killed: a
/// shell waits on a pipe from the JVM and stops the server when the pipe closes.
final class PostgresServer {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

  /// $@ is the server. `cat` ends when the JVM does; SIGINT is PostgreSQL's fast shutdown. When the
  /// server ends first, its watcher goes too.
  private static final String WATCHED =
      "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; (cat <&3 >/dev/null; kill -INT $p 2>/dev/null) &"
          + " wait $p";

  private static final List<String> SETTINGS =
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
          "jit=off");

  private static final int START_SECONDS = 60;
  private static final int STOP_SECONDS = 60;
  private static final long POLL_MILLIS = 20;
  private static final long LOG_LIMIT_BYTES = 16L << 20;

  private final Process process;

  private PostgresServer(Process process) {
    this.process = process;
  }

  /// Starts it and waits until it takes connections.
  ///
  /// @throws StoreException.Unavailable it did not come up
  static PostgresServer start(PostgresCluster cluster) throws IOException, InterruptedException {
    if (Files.exists(cluster.log()) && Files.size(cluster.log()) > LOG_LIMIT_BYTES) {
      Files.delete(cluster.log());
    }
    // Ctrl-C at the terminal is for the gateway, which stops its server last.
    List<String> prefix =
        Files.isExecutable(Path.of("/usr/bin/setsid")) ? List.of("/usr/bin/setsid") : List.of();
    List<String> command = new ArrayList<>(List.of("sh", "-c", WATCHED, "postgres"));
    command.add(cluster.installation().resolve("bin/postgres").toString());
    command.addAll(List.of("-D", cluster.data().toString()));
    command.addAll(List.of("-p", Integer.toString(cluster.port())));
    for (String setting : SETTINGS) {
      command.addAll(List.of("-c", setting));
    }
    PostgresServer server = new PostgresServer(cluster.command(prefix, command).start());
    boolean up = false;
    try {
      server.awaitReady(cluster);
      up = true;
    } finally {
      if (!up) {
        server.stop();
      }
    }
    LOG.info("PostgreSQL runs over {}", cluster);
    return server;
  }

  private void awaitReady(PostgresCluster cluster) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try (Connection _ =
          DriverManager.getConnection(
              cluster.url("postgres"), cluster.user(), cluster.password())) {
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw new StoreException.Unavailable(
              "PostgreSQL did not come up, see " + cluster.log(), e);
        }
      }
      if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable(
            "PostgreSQL ended at once, see " + cluster.log(), null);
      }
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /// Waits until it has ended, and lets its watcher go.
  void awaitEnd() throws InterruptedException {
    process.waitFor();
    closePipe();
  }

  /// A fast shutdown: open transactions are rolled back.
  void stop() throws InterruptedException {
    closePipe();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("PostgreSQL did not stop within {} s and is killed", STOP_SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private void closePipe() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("the pipe to PostgreSQL was closed already", e);
    }
  }
}
