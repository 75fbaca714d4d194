package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;

/// Asks the rows of `message_queue` which ids they have.
final class StoredIds {
  private StoredIds() {}

  /// What makes a message the same as another one, or a conflict with it.
  record Key(UUID id, String sender, String recipient) {
    static Key of(Accept accept) {
      return new Key(accept.id(), accept.sender(), accept.recipient());
    }
  }

  /// Those of the messages that were accepted before, but not before `sinceMillis`.
  static Map<Key, DedupeIndex.Known> find(
      Connection connection, Collection<Accept> messages, long sinceMillis) throws SQLException {
    Map<Key, DedupeIndex.Known> known = new HashMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT id, sender_id, agent_id, digest, sequence FROM message_queue"
                + " WHERE id = ANY (?) AND created_at >= to_timestamp(? / 1000.0)"
                + " ORDER BY mailbox_epoch, sequence")) {
      Object[] ids = messages.stream().map(Accept::id).toArray();
      query.setArray(1, connection.createArrayOf("uuid", ids));
      query.setLong(2, sinceMillis);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          known.put(
              new Key(row.getObject(1, UUID.class), row.getString(2), row.getString(3)),
              new DedupeIndex.Known(row.getLong(4), row.getLong(5)));
        }
      }
    }
    return known;
  }

  /// The slices from `from` up to and without `to` that have a row.
  static void slices(Connection connection, long from, long to, LongConsumer found)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT DISTINCT substr(id::text, 1, 11) FROM message_queue"
                + " WHERE id >= ? AND id < ?")) {
      query.setObject(1, IdSlices.firstId(from));
      query.setObject(2, IdSlices.firstId(to));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.accept(Long.parseLong(row.getString(1).replace("-", ""), 16));
        }
      }
    }
  }
}
