package dev.aegis.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real PostgreSQL server, run as a child of this JVM over one directory that it owns: binaries,
/// cluster, password, log. Commits are durable (fsync, checksums), logins need the password, and it
/// listens on loopback only.
///
/// A server that ends by itself is started again, on the same port, until this is closed. None
/// outlives the JVM, even one that is killed. Thread-safe.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration FIRST_START_PATIENCE = Duration.ofSeconds(3);
  private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private final PostgresCluster cluster;
  private final Thread supervisor;
  private volatile PostgresServer server;
  private volatile boolean closing;

  private EmbeddedPostgres(PostgresCluster cluster, PostgresServer server) {
    this.cluster = cluster;
    this.server = server;
    this.supervisor =
        Thread.ofPlatform().daemon().name("aegis-postgres").unstarted(this::supervise);
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
    PostgresCluster cluster = null;
    try {
      cluster = PostgresCluster.open(home, binaries);
      EmbeddedPostgres started = new EmbeddedPostgres(cluster, run(cluster, FIRST_START_PATIENCE));
      started.supervisor.start();
      cluster = null;
      return started;
    } catch (IOException e) {
      throw new StoreException.Rejected("cannot set up PostgreSQL in " + home, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while starting PostgreSQL", e);
    } finally {
      release(cluster);
    }
  }

  private void supervise() {
    try {
      while (true) {
        server.awaitEnd();
        if (closing) {
          return;
        }
        LOG.warn("PostgreSQL ended by itself and is started again, see {}", cluster.log());
        server = run(cluster, FOR_EVER);
      }
    } catch (InterruptedException _) {
      LOG.debug("nobody watches over PostgreSQL any more");
    } catch (IOException e) {
      throw new UncheckedIOException("nobody starts PostgreSQL again", e);
    }
  }

  /// Starts the server; where it fails, again after a pause, until patience is at its end. The last
  /// processes of one that was killed may need a moment to go; anything else needs somebody to
  /// look.
  private static PostgresServer run(PostgresCluster cluster, Duration patience)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        PostmasterFile.settle(cluster.data());
        return PostgresServer.start(cluster);
      } catch (IOException | StoreException e) {
        if (System.nanoTime() - began >= patience.toNanos()) {
          throw e;
        }
        LOG.warn("PostgreSQL cannot be started yet: {}", e.getMessage());
      }
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
  }

  /// How to reach the database of that name, which is created if it does not exist.
  ///
  /// @param name lower-case letters, digits and underscores
  public DatabaseSettings database(String name) {
    if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException("not a plain database name");
    }
    try (Connection connection =
            DriverManager.getConnection(
                cluster.url("postgres"), cluster.user(), cluster.password());
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
      throw StoreException.of("cannot create the database " + name + ": " + e.getMessage(), e);
    }
    return DatabaseSettings.of(cluster.url(name), cluster.user(), cluster.password());
  }

  public int port() {
    return cluster.port();
  }

  /// Whether the server runs now.
  public boolean alive() {
    return server.alive();
  }

  /// Stops the server (fast shutdown: open transactions are rolled back) and frees the directory.
  @Override
  public void close() {
    closing = true;
    supervisor.interrupt();
    boolean interrupted = join();
    try {
      server.stop();
    } catch (InterruptedException _) {
      interrupted = true;
    } finally {
      release(cluster);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// No server is started once the supervisor has ended.
  private boolean join() {
    boolean interrupted = false;
    while (supervisor.isAlive()) {
      try {
        supervisor.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    return interrupted;
  }

  private static void release(@Nullable PostgresCluster cluster) {
    if (cluster == null) {
      return;
    }
    try {
      cluster.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
