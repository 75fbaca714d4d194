package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;

/// Removes the payload of a message for good, and what its recipients answered: from all of its
/// rows, however often it was redriven and whoever had it. The rows stay, with who, to whom, when
/// and what became of it. Thread-safe; blocks; throws [StoreException].
public final class Erasure {
  private final Database database;
  private final InstantSource clock;

  /// Where a message stands.
  public enum Standing {
    /// It is over, and stays so.
    SETTLED,
    /// Somebody may still get it, or it is a dead letter that nobody has settled.
    NOT_SETTLED,
    UNKNOWN
  }

  public Erasure(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Whether it could be erased.
  public Standing standing(StoredMessage message) {
    return database.run("look at a message", connection -> standing(connection, message));
  }

  /// Erases what is settled. Once more does no harm.
  public Standing erase(StoredMessage message) {
    return database.inTransaction(
        "erase a message",
        connection -> {
          lock(connection, message);
          Standing found = standing(connection, message);
          if (found == Standing.SETTLED) {
            results(connection, message);
            rows(connection, message);
          }
          return found;
        });
  }

  private static void lock(Connection connection, StoredMessage message) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT id FROM message_queue WHERE " + MessageLives.OF + " FOR UPDATE")) {
      MessageLives.bind(query, 1, message);
      query.execute();
    }
  }

  private static Standing standing(Connection connection, StoredMessage message)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT " + MessageLives.OPEN + " FROM message_queue o WHERE " + MessageLives.OF)) {
      MessageLives.bind(query, 1, message);
      Standing found = Standing.UNKNOWN;
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          if (row.getBoolean(1)) {
            return Standing.NOT_SETTLED;
          }
          found = Standing.SETTLED;
        }
      }
      return found;
    }
  }

  private static void results(Connection connection, StoredMessage message) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM message_results WHERE (agent_id, mailbox_epoch, sequence) IN"
                + " (SELECT agent_id, mailbox_epoch, sequence FROM message_queue WHERE "
                + MessageLives.OF
                + ")")) {
      MessageLives.bind(statement, 1, message);
      statement.executeUpdate();
    }
  }

  /// A move that is complete, and not yet noted as such, is noted: nobody makes it again out of a
  /// row without an envelope.
  private void rows(Connection connection, StoredMessage message) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE message_queue SET encrypted_payload = '', nonce = NULL,"
                + " erased_at = coalesce(erased_at, to_timestamp(? / 1000.0)),"
                + " redriven_at = CASE WHEN status = 'moved'"
                + " THEN coalesce(redriven_at, to_timestamp(? / 1000.0)) ELSE redriven_at END"
                + " WHERE "
                + MessageLives.OF)) {
      long now = clock.millis();
      statement.setLong(1, now);
      statement.setLong(2, now);
      MessageLives.bind(statement, 3, message);
      statement.executeUpdate();
    }
  }
}
