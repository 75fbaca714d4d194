package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps a database to one gateway at a time. A connection of its own holds an advisory lock; every
/// other connection of the gateway holds a second one, shared, so that nobody can open the database
/// while any of them lives; and a number that grows with every opening shuts out a gateway that
/// lost all its connections and was replaced. Thread-safe; blocks.
final class DatabaseLock implements AutoCloseable {
  private static final long GATEWAY_KEY = 7018129296931645303L;

  /// The same number stands in the migration.
  private static final long MEMBERS_KEY = 7018129296931645304L;

  private static final int ATTEMPTS = 50;
  private static final long PAUSE_MILLIS = 100;
  private static final int VALID_SECONDS = 2;

  private final DatabaseSettings settings;
  private final ReentrantLock guard = new ReentrantLock();
  private @Nullable Connection holder;
  private long generation;

  private DatabaseLock(DatabaseSettings settings, Connection holder) {
    this.settings = settings;
    this.holder = holder;
  }

  /// Takes both locks, lets `migrate` run, counts the opening and lets the members in.
  ///
  /// @throws StoreException.Rejected another gateway has the database
  static DatabaseLock open(DatabaseSettings settings, Runnable migrate) throws SQLException {
    Connection connection = Database.connect(settings, "aegis-gateway-lock");
    DatabaseLock lock = new DatabaseLock(settings, connection);
    boolean opened = false;
    try {
      await(settings, connection, GATEWAY_KEY);
      await(settings, connection, MEMBERS_KEY);
      migrate.run();
      lock.generation =
          number(
              connection,
              "UPDATE database_owner SET generation = generation + 1 RETURNING generation");
      number(connection, "SELECT pg_advisory_unlock(" + MEMBERS_KEY + ")::int");
      opened = true;
      return lock;
    } finally {
      if (!opened) {
        lock.close();
      }
    }
  }

  /// What every other connection must run first.
  String joinStatement() {
    return "SELECT join_gateway(" + generation + ")";
  }

  /// Makes sure of the lock, taking it again after the connection was lost.
  ///
  /// @throws StoreException.Rejected another gateway has the database, or had it meanwhile
  void hold() throws SQLException {
    guard.lock();
    try {
      holdGuarded();
    } finally {
      guard.unlock();
    }
  }

  /// Whether the lock is held, or could be taken again. Does not wait for long.
  boolean held() throws SQLException, InterruptedException {
    if (!guard.tryLock(VALID_SECONDS, TimeUnit.SECONDS)) {
      return false;
    }
    try {
      holdGuarded();
      return true;
    } finally {
      guard.unlock();
    }
  }

  private void holdGuarded() throws SQLException {
    Connection held = holder;
    if (held != null && held.isValid(VALID_SECONDS) && holds(held)) {
      return;
    }
    Database.closeQuietly(held);
    holder = null;
    Connection fresh = Database.connect(settings, "aegis-gateway-lock");
    boolean taken = false;
    try {
      if (!tried(fresh, GATEWAY_KEY)) {
        throw inUse(settings);
      }
      if (number(fresh, "SELECT generation FROM database_owner") != generation) {
        throw new StoreException.Rejected(
            "another gateway has opened the database "
                + settings.url()
                + " since; restart this one",
            null);
      }
      taken = true;
      holder = fresh;
    } finally {
      if (!taken) {
        Database.closeQuietly(fresh);
      }
    }
  }

  private static boolean holds(Connection connection) throws SQLException {
    String query =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            + " AND granted AND objsubid = 1 AND classid = "
            + (GATEWAY_KEY >>> 32)
            + " AND objid = "
            + (GATEWAY_KEY & 0xFFFF_FFFFL);
    return number(connection, query) == 1;
  }

  /// A gateway that was killed a moment ago may not have lost its locks yet.
  private static void await(DatabaseSettings settings, Connection connection, long key)
      throws SQLException {
    for (int attempt = 1; !tried(connection, key); attempt++) {
      if (attempt == ATTEMPTS) {
        throw inUse(settings);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException.Unavailable("interrupted while waiting for the database lock", e);
      }
    }
  }

  private static StoreException.Rejected inUse(DatabaseSettings settings) {
    return new StoreException.Rejected(
        "another gateway uses the database " + settings.url() + "; stop it first", null);
  }

  private static boolean tried(Connection connection, long key) throws SQLException {
    return number(connection, "SELECT pg_try_advisory_lock(" + key + ")::int") == 1;
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw new StoreException.Rejected("the database has no owner's row", null);
      }
      return row.getLong(1);
    }
  }

  /// Gives the lock back.
  @Override
  public void close() {
    guard.lock();
    try {
      Database.closeQuietly(holder);
      holder = null;
    } finally {
      guard.unlock();
    }
  }
}
