package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps a database to one gateway, or to the members of one cluster, and opens this run's journal
/// in it. A connection of its own holds an advisory lock, exclusive or shared; every connection of
/// the gateway holds a second one, shared, on its journal ([JournalFence]), so that nobody can take
/// the journal over while any of them lives; and a journal that was taken over lets no connection
/// in any more. Thread-safe; blocks.
final class DatabaseLock implements AutoCloseable {
  private static final long GATEWAY_KEY = 7018129296931645303L;
  private static final int ATTEMPTS = 50;
  private static final long PAUSE_MILLIS = 100;
  private static final int VALID_SECONDS = 2;

  private final DatabaseSettings settings;
  private final ReentrantLock guard = new ReentrantLock();
  private @Nullable Connection holder;
  private JournalId journal = new JournalId(0);

  private DatabaseLock(DatabaseSettings settings, Connection holder) {
    this.settings = settings;
    this.holder = holder;
  }

  /// Takes the lock, lets `migrate` run and opens a journal.
  ///
  /// @throws StoreException.Rejected another gateway has the database
  static DatabaseLock open(DatabaseSettings settings, Runnable migrate) throws SQLException {
    Connection connection = Database.connect(settings, "aegis-gateway-lock");
    DatabaseLock lock = new DatabaseLock(settings, connection);
    boolean opened = false;
    try {
      lock.await(() -> lock.tried(connection));
      if (settings.member() == null) {
        lock.await(() -> !JournalFence.anyHeld(connection));
      }
      migrate.run();
      lock.await(() -> !JournalFence.anyHeldAlone(connection));
      lock.journal = openJournal(connection, settings);
      lock.join(connection);
      opened = true;
      return lock;
    } finally {
      if (!opened) {
        lock.close();
      }
    }
  }

  private static JournalId openJournal(Connection connection, DatabaseSettings settings)
      throws SQLException {
    String member = settings.member();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "WITH opened AS (INSERT INTO journals (id, node, member, state, opened_at)"
                + " VALUES (nextval('journal_ids'), ?, ?, 'open', now()) RETURNING id)"
                + " INSERT INTO journal_checkpoint (journal, segment)"
                + " SELECT id, id << 40 FROM opened RETURNING journal")) {
      statement.setString(1, member == null ? "alone" : member);
      statement.setBoolean(2, member != null);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new JournalId(row.getLong(1));
      }
    }
  }

  JournalId journal() {
    return journal;
  }

  /// What every other connection must run first.
  String joinStatement() {
    return "SELECT join_journal(" + journal + ")";
  }

  private void join(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(joinStatement())) {
      statement.execute();
    }
  }

  /// Makes sure of the lock, taking it again after the connection was lost.
  ///
  /// @throws StoreException.Rejected another gateway has the database, or has taken over the
  ///   journal
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
      if (!tried(fresh)) {
        throw inUse();
      }
      join(fresh);
      taken = true;
      holder = fresh;
    } catch (SQLException e) {
      throw StoreException.of(e.getMessage() + "; restart this one", e);
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
  private void await(Condition condition) throws SQLException {
    for (int attempt = 1; !condition.holds(); attempt++) {
      if (attempt == ATTEMPTS) {
        throw inUse();
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException.Unavailable("interrupted while waiting for the database lock", e);
      }
    }
  }

  private StoreException.Rejected inUse() {
    String url = settings.url();
    return new StoreException.Rejected(
        settings.member() == null
            ? "another gateway uses the database " + url + "; stop it first"
            : "a gateway outside the cluster uses the database " + url + "; stop it first",
        null);
  }

  private boolean tried(Connection connection) throws SQLException {
    String kind = settings.member() == null ? "lock(" : "lock_shared(";
    return number(connection, "SELECT pg_try_advisory_" + kind + GATEWAY_KEY + ")::int") == 1;
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  /// Gives the lock back. The journal stays until it is rows and [JournalTable#end] says so.
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

  private interface Condition {
    boolean holds() throws SQLException;
  }
}
