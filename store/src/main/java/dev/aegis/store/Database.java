package dev.aegis.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/// The gateway's PostgreSQL database: migrated, pooled, and held by this gateway alone through an
/// advisory lock on a connection of its own. Thread-safe; every call blocks.
public final class Database implements AutoCloseable {
  private static final long LOCK_KEY = 0x6165_6769_735F_6777L;
  private static final int LOCK_ATTEMPTS = 50;
  private static final long LOCK_PAUSE_MILLIS = 100;
  private static final int VALID_SECONDS = 2;

  private final DatabaseSettings settings;
  private final HikariDataSource pool;
  private final ReentrantLock lockGuard = new ReentrantLock();
  private @Nullable Connection lockHolder;

  private Database(DatabaseSettings settings, HikariDataSource pool, Connection lockHolder) {
    this.settings = settings;
    this.pool = pool;
    this.lockHolder = lockHolder;
  }

  /// Takes the lock, migrates and opens the pool.
  ///
  /// @throws StoreException.Rejected another gateway holds the database, or it cannot be migrated
  /// @throws StoreException.Unavailable it cannot be reached
  public static Database open(DatabaseSettings settings) {
    Connection lock = null;
    try {
      lock = lock(settings);
      migrate(settings);
      Database database = new Database(settings, pool(settings), lock);
      lock = null;
      return database;
    } catch (SQLException e) {
      throw StoreException.of("cannot open " + settings.url() + ": " + e.getMessage(), e);
    } finally {
      closeQuietly(lock);
    }
  }

  private static void migrate(DatabaseSettings settings) {
    try {
      Flyway.configure()
          .dataSource(settings.url(), settings.user(), settings.password())
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw new StoreException.Rejected("cannot migrate " + settings.url(), e);
    }
  }

  private static HikariDataSource pool(DatabaseSettings settings) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("aegis-store");
    config.setJdbcUrl(settings.url());
    config.setUsername(settings.user());
    config.setPassword(settings.password());
    config.setMaximumPoolSize(settings.poolSize());
    config.setConnectionTimeout(Math.max(250, settings.connectTimeout().toMillis()));
    config.addDataSourceProperty("ApplicationName", "aegis-gateway");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("socketTimeout", "60");
    return new HikariDataSource(config);
  }

  private static Connection lock(DatabaseSettings settings) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      Connection connection = connect(settings, "aegis-gateway-lock");
      boolean locked = false;
      try {
        locked = tryLock(connection);
      } finally {
        if (!locked) {
          closeQuietly(connection);
        }
      }
      if (locked) {
        return connection;
      }
      if (attempt == LOCK_ATTEMPTS) {
        throw new StoreException.Rejected(
            "another gateway uses the database " + settings.url() + "; stop it first", null);
      }
      pause();
    }
  }

  private static boolean tryLock(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement("SELECT pg_try_advisory_lock(?)")) {
      query.setLong(1, LOCK_KEY);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /// A gateway that was killed a moment ago may not have lost its lock yet.
  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOCK_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while waiting for the database lock", e);
    }
  }

  private static Connection connect(DatabaseSettings settings, String name) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.user());
    properties.setProperty("password", settings.password());
    properties.setProperty("ApplicationName", name);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty(
        "connectTimeout", Long.toString(Math.max(1, settings.connectTimeout().toSeconds())));
    return DriverManager.getConnection(settings.url(), properties);
  }

  /// A connection of one's own, not from the pool. The caller closes it.
  Connection connect(String name) throws SQLException {
    Connection connection = connect(settings, name);
    // What counts as stored is on disk, whatever the server's default is.
    try (var statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = on");
    } catch (SQLException e) {
      closeQuietly(connection);
      throw e;
    }
    return connection;
  }

  /// Makes sure that this gateway still holds the database, taking the lock again after the
  /// connection was lost.
  ///
  /// @throws StoreException.Rejected another gateway has taken it meanwhile
  void holdLock() throws SQLException {
    lockGuard.lock();
    try {
      Connection held = lockHolder;
      if (held == null || !held.isValid(VALID_SECONDS)) {
        closeQuietly(held);
        lockHolder = null;
        lockHolder = lock(settings);
      }
    } finally {
      lockGuard.unlock();
    }
  }

  /// The pool.
  public DataSource dataSource() {
    return pool;
  }

  /// Whether the database answers and is still this gateway's.
  public boolean healthy() {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(VALID_SECONDS);
    } catch (SQLException _) {
      return false;
    }
  }

  /// Runs work on a pooled connection in auto-commit mode.
  ///
  /// @throws StoreException sorted by whether a retry helps
  <T extends @Nullable Object> T run(String what, Work<T> work) {
    try (Connection connection = pool.getConnection()) {
      return work.on(connection);
    } catch (SQLException e) {
      throw StoreException.of("cannot " + what, e);
    }
  }

  /// Runs work in one transaction on a pooled connection.
  <T extends @Nullable Object> T inTransaction(String what, Work<T> work) {
    return run(
        what,
        connection -> {
          connection.setAutoCommit(false);
          boolean done = false;
          try {
            T result = work.on(connection);
            connection.commit();
            done = true;
            return result;
          } finally {
            if (!done) {
              connection.rollback();
            }
            connection.setAutoCommit(true);
          }
        });
  }

  /// Closes the pool and gives the lock back.
  @Override
  public void close() {
    pool.close();
    lockGuard.lock();
    try {
      closeQuietly(lockHolder);
      lockHolder = null;
    } finally {
      lockGuard.unlock();
    }
  }

  static void closeQuietly(@Nullable Connection connection) {
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException _) {
      // A connection that cannot even be closed is gone already.
    }
  }

  /// What to do with a connection.
  interface Work<T extends @Nullable Object> {
    T on(Connection connection) throws SQLException;
  }
}
