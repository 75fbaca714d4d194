package dev.aegis.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gateway's PostgreSQL database: migrated, pooled, and held by this gateway alone or together
/// with the members of its cluster (see [DatabaseLock]). Thread-safe; every call blocks.
public final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int VALID_SECONDS = 2;

  /// As the migration has it; lasting, see [StoreException].
  private static final String JOURNAL_TAKEN = "42501";

  /// What counts as stored is on disk, whatever the server's default is.
  private static final String ON_DISK = "SET synchronous_commit = on";

  private static final int SOCKET_TIMEOUT_SECONDS = 60;

  private final DatabaseSettings settings;
  private final DatabaseLock lock;
  private final HikariDataSource pool;
  private final Semaphore longQuestions;
  private final LongAdder unavailable = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private volatile boolean abandoned;

  private Database(DatabaseSettings settings, DatabaseLock lock, HikariDataSource pool) {
    this.settings = settings;
    this.lock = lock;
    this.pool = pool;
    this.longQuestions = new Semaphore(Math.max(1, settings.poolSize() / 2), true);
  }

  /// Takes the lock, migrates and opens the pool.
  ///
  /// @throws StoreException.Rejected another gateway holds the database, or it cannot be migrated
  /// @throws StoreException.Unavailable it cannot be reached
  public static Database open(DatabaseSettings settings) {
    DatabaseLock lock = null;
    try {
      lock = DatabaseLock.open(settings, () -> migrate(settings));
      Database database = new Database(settings, lock, pool(settings, lock.joinStatement()));
      lock = null;
      return database;
    } catch (SQLException e) {
      throw StoreException.of(cannotOpen(settings, e), e);
    } catch (PoolInitializationException e) {
      throw e.getCause() instanceof SQLException cause
          ? StoreException.of(cannotOpen(settings, cause), cause)
          : new StoreException.Unavailable(cannotOpen(settings, e), e);
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }

  private static String cannotOpen(DatabaseSettings settings, Exception why) {
    return "cannot open " + settings.url() + ": " + why.getMessage();
  }

  private static void migrate(DatabaseSettings settings) {
    try {
      Flyway.configure()
          .dataSource(settings.url(), settings.user(), settings.password())
          .ignoreMigrationPatterns(new String[0]) // a newer gateway's database is refused
          .load()
          .migrate();
    } catch (FlywayException e) {
      String what = "cannot migrate " + settings.url() + ": " + e.getMessage();
      throw e.getCause() instanceof SQLException cause
          ? StoreException.of(what, cause)
          : new StoreException.Rejected(what, e);
    }
  }

  private static HikariDataSource pool(DatabaseSettings settings, String first) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("aegis-store");
    config.setJdbcUrl(settings.url());
    config.setUsername(settings.user());
    config.setPassword(settings.password());
    config.setMaximumPoolSize(settings.poolSize());
    config.setConnectionTimeout(Math.max(250, settings.connectTimeout().toMillis()));
    config.addDataSourceProperty("ApplicationName", "aegis-gateway");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_SECONDS));
    config.addDataSourceProperty("loginTimeout", connectSeconds(settings));
    config.setConnectionInitSql(ON_DISK + "; " + first);
    return new HikariDataSource(config);
  }

  /// A connection that does not belong to a gateway yet.
  static Connection connect(DatabaseSettings settings, String name) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.user());
    properties.setProperty("password", settings.password());
    properties.setProperty("ApplicationName", name);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_SECONDS));
    properties.setProperty("connectTimeout", connectSeconds(settings));
    properties.setProperty(
        "loginTimeout", connectSeconds(settings)); // it may accept and stand still
    return DriverManager.getConnection(settings.url(), properties);
  }

  private static int connectMillis(DatabaseSettings settings) {
    return Math.toIntExact(Math.max(1_000, settings.connectTimeout().toMillis()));
  }

  private static String connectSeconds(DatabaseSettings settings) {
    return Long.toString(Math.max(1, settings.connectTimeout().toSeconds()));
  }

  /// A connection of one's own, not from the pool. The caller closes it.
  Connection connect(String name) throws SQLException {
    if (abandoned) {
      throw new SQLException("this gateway's journal was taken over", JOURNAL_TAKEN);
    }
    Connection connection = connect(settings, name);
    try (var statement = connection.createStatement()) {
      // A server that stands still from here on must not hold up whoever waits for the connection.
      connection.setNetworkTimeout(Runnable::run, connectMillis(settings));
      statement.execute(ON_DISK);
      statement.execute(lock.joinStatement());
      connection.setNetworkTimeout(
          Runnable::run, Math.toIntExact(TimeUnit.SECONDS.toMillis(SOCKET_TIMEOUT_SECONDS)));
    } catch (SQLException e) {
      closeQuietly(connection);
      throw e;
    }
    return connection;
  }

  /// Makes sure that this gateway still holds the database, taking the lock again after the
  /// connection was lost.
  ///
  /// @throws StoreException.Rejected another gateway has taken it, or the journal, meanwhile
  void holdLock() throws SQLException {
    lock.hold();
  }

  /// The journal of this run.
  JournalId journal() {
    return lock.journal();
  }

  /// Whether other gateways share it.
  boolean isShared() {
    return settings.member() != null;
  }

  /// Whether what becomes a row is counted.
  boolean isCounted() {
    return settings.counted();
  }

  /// The pool.
  public DataSource dataSource() {
    return pool;
  }

  /// Whether the database answers and is still this gateway's. A lock that was lost with its
  /// connection is taken again.
  public boolean healthy() {
    try {
      return lock.held() && answers(); // the lock first: it knows at once that the server is gone
    } catch (SQLException | StoreException e) {
      LOG.debug("the database is not healthy", e);
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean answers() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(VALID_SECONDS);
    }
  }

  /// Runs work on a pooled connection in auto-commit mode.
  ///
  /// @throws StoreException sorted by whether a retry helps
  <T extends @Nullable Object> T run(String what, Work<T> work) {
    try (Connection connection = pool.getConnection()) {
      return work.on(connection);
    } catch (SQLException e) {
      throw counted(
          abandoned
              ? new StoreException.Rejected("cannot " + what + ": the journal was taken over", e)
              : StoreException.of("cannot " + what, e));
    }
  }

  private StoreException counted(StoreException failure) {
    (failure instanceof StoreException.Unavailable ? unavailable : rejected).increment();
    return failure;
  }

  /// The pool and what failed on it, for metrics.
  public DatabaseState state() {
    HikariPoolMXBean connections = pool.getHikariPoolMXBean();
    return new DatabaseState(
        connections == null ? 0 : connections.getActiveConnections(),
        connections == null ? 0 : connections.getIdleConnections(),
        connections == null ? 0 : connections.getThreadsAwaitingConnection(),
        settings.poolSize(),
        unavailable.sum(),
        rejected.sum());
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

  /// Runs work in one transaction that ends where it takes longer than it may. All such work
  /// together has half of the pool, and waits for it as long as it may take: whoever asks for much
  /// keeps no connection from logins and mailboxes. Neither counts as a failure of the database.
  ///
  /// @throws StoreException.TooLong it took longer
  /// @throws StoreException.Unavailable also where others had that half for so long
  <T extends @Nullable Object> T inTime(String what, Duration most, TimedWork<T> work) {
    try {
      if (!longQuestions.tryAcquire(most.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Unavailable("cannot " + what + ": too many ask at once", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("cannot " + what + ": interrupted", e);
    }
    try {
      return inTransaction(what, connection -> limited(what, connection, most, work));
    } finally {
      longQuestions.release();
    }
  }

  private static <T extends @Nullable Object> T limited(
      String what, Connection connection, Duration most, TimedWork<T> work) throws SQLException {
    try {
      return work.on(connection, new TimeLimit(most));
    } catch (SQLException e) {
      if (TimeLimit.CANCELLED.equals(e.getSQLState())) {
        throw new StoreException.TooLong("cannot " + what + " in time", e);
      }
      throw e;
    }
  }

  /// Nothing that this gateway asks of the database will be answered any more: whoever waits for a
  /// connection is told at once, not after the longest wait for one. Does not block.
  void abandon() {
    abandoned = true;
    Thread.ofVirtual().name("aegis-pool-close").start(pool::close);
  }

  /// Closes the pool and gives the lock back.
  @Override
  public void close() {
    pool.close();
    lock.close();
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

  /// What to do with a connection for a while.
  interface TimedWork<T extends @Nullable Object> {
    T on(Connection connection, TimeLimit limit) throws SQLException;
  }
}
