package dev.aegis.store;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One run of a PostgreSQL server over a cluster. It ends with the JVM, even one that is killed.
final class PostgresServer {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

  private static final List<String> SETTINGS =
      List.of(
          "listen_addresses=127.0.0.1",
          "unix_socket_directories=",
          "fsync=on",
          "full_page_writes=on",
          "synchronous_commit=on",
          "max_connections=64",
          // Log files that are soon written again: fresh ones take fresh memory for their pages.
          "max_wal_size=384MB",
          "checkpoint_warning=0", // often, on purpose
          "checkpoint_timeout=10min",
          "wal_buffers=16MB",
          "shared_buffers=512MB",
          "wal_init_zero=off",
          "backend_flush_after=512kB",
          "jit=off");

  private static final int START_SECONDS = 60;
  private static final long POLL_MILLIS = 20;
  private static final long LOG_LIMIT_BYTES = 16L << 20;

  private final WatchedProcess process;

  private PostgresServer(WatchedProcess process) {
    this.process = process;
  }

  /// Starts it and waits until it takes connections.
  ///
  /// @throws StoreException.Unavailable it did not come up
  static PostgresServer start(PostgresCluster cluster) throws IOException, InterruptedException {
    if (Files.exists(cluster.log()) && Files.size(cluster.log()) > LOG_LIMIT_BYTES) {
      Files.delete(cluster.log());
    }
    // SIGINT is PostgreSQL's fast shutdown.
    List<String> command = new ArrayList<>(WatchedProcess.watcher("INT", "postgres"));
    command.add(cluster.installation().resolve("bin/postgres").toString());
    command.addAll(List.of("-D", cluster.data().toString()));
    command.addAll(List.of("-p", Integer.toString(cluster.port())));
    for (String setting : SETTINGS) {
      command.addAll(List.of("-c", setting));
    }
    PostgresServer server =
        new PostgresServer(
            WatchedProcess.start("PostgreSQL", cluster.command(WatchedProcess.group(), command)));
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
      if (process.ended(POLL_MILLIS)) {
        throw new StoreException.Unavailable(
            "PostgreSQL ended at once, see " + cluster.log(), null);
      }
    }
  }

  boolean alive() {
    return process.alive();
  }

  /// Waits until it has ended, and lets its watcher go.
  void awaitEnd() throws InterruptedException {
    process.awaitEnd();
  }

  /// A fast shutdown: open transactions are rolled back.
  void stop() throws InterruptedException {
    process.stop();
  }
}
