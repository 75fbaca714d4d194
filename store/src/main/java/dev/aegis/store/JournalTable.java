package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
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

  /// The last segment of the journal whose messages are rows.
  ///
  /// @throws StoreException.Rejected it is no journal any more
  static long checkpoint(Connection connection, JournalId journal) throws SQLException {
    return checkpoint(connection, journal, "");
  }

  /// Likewise, and nobody moves it until the transaction ends.
  static long checkpointForUpdate(Connection connection, JournalId journal) throws SQLException {
    return checkpoint(connection, journal, " FOR UPDATE");
  }

  private static long checkpoint(Connection connection, JournalId journal, String lock)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT segment FROM journal_checkpoint WHERE journal = ?" + lock)) {
      query.setLong(1, journal.value());
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          throw new StoreException.Rejected("journal " + journal + " is over", null);
        }
        return row.getLong(1);
      }
    }
  }

  /// Moves the checkpoint and drops the segments up to it.
  static void advance(Connection connection, JournalId journal, long segment) throws SQLException {
    try (PreparedStatement checkpoint =
        connection.prepareStatement(
            "UPDATE journal_checkpoint SET segment = ? WHERE journal = ?")) {
      checkpoint.setLong(1, segment);
      checkpoint.setLong(2, journal.value());
      checkpoint.executeUpdate();
    }
    drop(connection, journal, segment);
  }

  private static void drop(Connection connection, JournalId journal, long upTo)
      throws SQLException {
    try (PreparedStatement segments =
            connection.prepareStatement("DELETE FROM journal WHERE segment > ? AND segment <= ?");
        PreparedStatement voids =
            connection.prepareStatement(
                "DELETE FROM journal_void WHERE first_segment > ? AND last_segment <= ?")) {
      for (PreparedStatement statement : List.of(segments, voids)) {
        statement.setLong(1, journal.base());
        statement.setLong(2, upTo);
        statement.executeUpdate();
      }
    }
  }

  /// The journal is over: all that counts of it is rows, and its mailboxes are free.
  ///
  /// @param checkpoint where it must be
  static void end(Database database, JournalId journal, long checkpoint) {
    database.inTransaction(
        "end a journal",
        connection -> {
          if (checkpointForUpdate(connection, journal) != checkpoint) {
            throw new StoreException.Rejected("somebody else works on journal " + journal, null);
          }
          drop(connection, journal, journal.end());
          try (PreparedStatement mail =
              connection.prepareStatement("DELETE FROM node_mail WHERE to_node = ?")) {
            mail.setLong(1, journal.value());
            mail.executeUpdate();
          }
          try (PreparedStatement checkpointRow =
                  connection.prepareStatement("DELETE FROM journal_checkpoint WHERE journal = ?");
              PreparedStatement row =
                  connection.prepareStatement("DELETE FROM journals WHERE id = ?")) {
            checkpointRow.setLong(1, journal.value());
            row.setLong(1, journal.value());
            return checkpointRow.executeUpdate() + row.executeUpdate();
          }
        });
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
