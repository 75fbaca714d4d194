package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// One writer's connection to the `journal` table, opened when needed and dropped after an error.
/// Confined to one thread.
final class JournalTable implements AutoCloseable {
  private final Database database;
  private final String name;
  private final int timeoutMillis;
  private volatile @Nullable Connection connection;
  private @Nullable PreparedStatement insert;

  JournalTable(Database database, String name, int timeoutMillis) {
    this.database = database;
    this.name = name;
    this.timeoutMillis = timeoutMillis;
  }

  /// Writes a segment and returns when it is on disk. Writing it again changes nothing.
  void write(long number, int entries, byte[] body) throws SQLException {
    PreparedStatement statement = insert();
    statement.setLong(1, number);
    statement.setInt(2, entries);
    statement.setBytes(3, body);
    statement.executeUpdate();
  }

  private PreparedStatement insert() throws SQLException {
    PreparedStatement ready = insert;
    if (ready == null) {
      ready =
          connection()
              .prepareStatement(
                  "INSERT INTO journal (segment, entries, body) VALUES (?, ?, ?)"
                      + " ON CONFLICT (segment) DO NOTHING");
      insert = ready;
    }
    return ready;
  }

  /// The connection, for what is asked between two segments.
  Connection connection() throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = database.connect(name);
      connection = open;
      // Run where it is called: it only sets a socket option.
      open.setNetworkTimeout(Runnable::run, timeoutMillis);
    }
    return open;
  }

  /// Makes these segments count as never written, whether or not they are, or will be.
  static void voidSegments(Database database, long first, long last) {
    database.run(
        "void journal segments",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO journal_void (first_segment, last_segment) VALUES (?, ?)"
                      + " ON CONFLICT (first_segment) DO UPDATE SET last_segment ="
                      + " greatest(journal_void.last_segment, excluded.last_segment)")) {
            statement.setLong(1, first);
            statement.setLong(2, last);
            return statement.executeUpdate();
          }
        });
  }

  static long checkpoint(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement("SELECT segment FROM journal_checkpoint");
        ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw new StoreException.Rejected("the journal's checkpoint is missing", null);
      }
      return row.getLong(1);
    }
  }

  /// Drops the connection; the next write opens another.
  void reset() {
    Database.closeQuietly(connection);
    connection = null;
    insert = null;
  }

  /// Cuts the connection under a running write. Any thread.
  void abort() {
    Connection running = connection;
    if (running != null) {
      try {
        running.abort(Runnable::run);
      } catch (SQLException _) {
        // Gone already.
      }
    }
  }

  @Override
  public void close() {
    reset();
  }
}
