package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Shuts a gateway out of its journal, so that what it left can be made rows: no connection of it
/// is left, and no new one is let in. Advisory locks on (KEY, journal) tell who is in it: shared
/// for its own gateway, exclusive for whoever has fenced it off. Blocks; one thread.
final class JournalFence implements AutoCloseable {
  /// The same number stands in the migration.
  private static final int KEY = 1634101607;

  private static final String LOCKS =
      "FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = "
          + KEY
          + " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
          + " AND l.pid <> pg_backend_pid()";
  private static final int ATTEMPTS = 50;
  private static final long PAUSE_MILLIS = 100;

  private final Connection connection;

  private JournalFence(Connection connection) {
    this.connection = connection;
  }

  /// Whether any gateway is in any journal of this database.
  static boolean anyHeld(Connection connection) throws SQLException {
    return exists(connection, "SELECT EXISTS (SELECT " + LOCKS + ")");
  }

  /// Whether a gateway is in its journal that has the database for itself.
  static boolean anyHeldAlone(Connection connection) throws SQLException {
    return exists(
        connection,
        "SELECT EXISTS (SELECT "
            + LOCKS
            + " AND l.objid IN (SELECT id FROM journals WHERE NOT member))");
  }

  /// Ends the connections of the journal's gateway, whatever they are doing, and keeps it out.
  ///
  /// @return empty-handed, null, where somebody else has fenced it off already
  /// @throws StoreException.Unavailable its connections did not end in time
  static @Nullable JournalFence raise(Database database, JournalId journal) throws SQLException {
    Connection connection = database.connect("aegis-journal-fence");
    boolean raised = false;
    try {
      update(connection, "UPDATE journals SET state = 'taken-over' WHERE id = " + journal);
      for (int attempt = 1; !locked(connection, journal); attempt++) {
        if (exists(
            connection,
            "SELECT EXISTS (SELECT " + mine(journal) + " AND l.mode = 'ExclusiveLock')")) {
          return null;
        }
        if (attempt == ATTEMPTS) {
          throw new StoreException.Unavailable(
              "the connections of journal " + journal + " do not end", null);
        }
        update(
            connection,
            "SELECT pg_terminate_backend(l.pid) " + mine(journal) + " AND l.mode = 'ShareLock'");
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
      raised = true;
      return new JournalFence(connection);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted at the fence of a journal", e);
    } finally {
      if (!raised) {
        Database.closeQuietly(connection);
      }
    }
  }

  private static String mine(JournalId journal) {
    return LOCKS + " AND l.objid = " + journal;
  }

  private static boolean locked(Connection connection, JournalId journal) throws SQLException {
    return exists(connection, "SELECT pg_try_advisory_lock(" + KEY + ", " + journal + "::integer)");
  }

  private static boolean exists(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private static void update(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  @Override
  public void close() {
    Database.closeQuietly(connection);
  }
}
