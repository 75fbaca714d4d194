package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.UUID;

/// Removes the payload of a message for good, and what its recipient answered. The row stays, with
/// who, to whom, when and what became of it. Thread-safe; blocks; throws [StoreException].
public final class Erasure {
  private final Database database;
  private final InstantSource clock;

  /// What came of it.
  public enum Result {
    ERASED,
    /// Its recipient may still get it, or it is a dead letter that nobody has settled.
    NOT_SETTLED,
    UNKNOWN
  }

  public Erasure(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// All that is stored of the message, however often it was redriven. Once more does no harm.
  public Result erase(UUID id, String sender, String recipient) {
    return database.inTransaction(
        "erase a message",
        connection -> {
          Result found = look(connection, id, sender, recipient);
          if (found == Result.ERASED) {
            erase(connection, id, sender, recipient);
          }
          return found;
        });
  }

  private static Result look(Connection connection, UUID id, String sender, String recipient)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT status IN ('pending', 'delivered')"
                + " OR (status = 'dead' AND redriven_at IS NULL) FROM message_queue"
                + " WHERE id = ? AND sender_id = ? AND agent_id = ? FOR UPDATE")) {
      bind(query, 1, id, sender, recipient);
      Result found = Result.UNKNOWN;
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          if (row.getBoolean(1)) {
            return Result.NOT_SETTLED;
          }
          found = Result.ERASED;
        }
      }
      return found;
    }
  }

  private void erase(Connection connection, UUID id, String sender, String recipient)
      throws SQLException {
    try (PreparedStatement results =
            connection.prepareStatement(
                "DELETE FROM message_results r USING message_queue q WHERE q.id = ?"
                    + " AND q.sender_id = ? AND q.agent_id = ? AND r.agent_id = q.agent_id"
                    + " AND r.mailbox_epoch = q.mailbox_epoch AND r.sequence = q.sequence");
        PreparedStatement rows =
            connection.prepareStatement(
                "UPDATE message_queue SET encrypted_payload = '', nonce = NULL,"
                    + " erased_at = coalesce(erased_at, to_timestamp(? / 1000.0))"
                    + " WHERE id = ? AND sender_id = ? AND agent_id = ?")) {
      bind(results, 1, id, sender, recipient);
      results.executeUpdate();
      rows.setLong(1, clock.millis());
      bind(rows, 2, id, sender, recipient);
      rows.executeUpdate();
    }
  }

  private static void bind(
      PreparedStatement statement, int first, UUID id, String sender, String recipient)
      throws SQLException {
    statement.setObject(first, id);
    statement.setString(first + 1, sender);
    statement.setString(first + 2, recipient);
  }
}
