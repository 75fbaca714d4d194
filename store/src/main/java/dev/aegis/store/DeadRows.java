package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rows of dead letters: which are unsettled, and their end.
final class DeadRows {
  private static final String SELECTED =
      " WHERE m.agent_id = u.agent_id AND m.mailbox_epoch = u.epoch AND m.sequence = u.sequence"
          + " AND m.status = 'dead' AND m.redriven_at IS NULL";

  private DeadRows() {}

  static Set<RowState.Key> unsettled(Connection connection, List<RowState.Key> letters)
      throws SQLException {
    Set<RowState.Key> unsettled = new HashSet<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT m.agent_id, m.mailbox_epoch, m.sequence FROM message_queue m,"
                + " unnest(?::varchar[], ?::bigint[], ?::bigint[])"
                + " AS u (agent_id, epoch, sequence)"
                + SELECTED)) {
      bind(query, letters);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          unsettled.add(new RowState.Key(row.getString(1), row.getLong(2), row.getLong(3)));
        }
      }
    }
    return unsettled;
  }

  /// @param again what was stored anew
  static void redriven(Connection connection, List<Accept> again) throws SQLException {
    settle(
        connection,
        "redriven_at = to_timestamp(u.at / 1000.0)",
        again.stream().map(Settlements::letter).toList(),
        again.stream().map(Accept::acceptedAtMillis).toList());
  }

  static void discarded(Connection connection, List<Discard> discards) throws SQLException {
    settle(
        connection,
        "status = 'failed', reason = 'discarded', finished_at = to_timestamp(u.at / 1000.0)",
        discards.stream().map(Discard::letter).toList(),
        discards.stream().map(Discard::atMillis).toList());
  }

  private static void settle(
      Connection connection, String assignments, List<RowState.Key> letters, List<Long> atMillis)
      throws SQLException {
    if (letters.isEmpty()) {
      return;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE message_queue m SET "
                + assignments
                + " FROM unnest(?::varchar[], ?::bigint[], ?::bigint[], ?::bigint[])"
                + " AS u (agent_id, epoch, sequence, at)"
                + SELECTED)) {
      bind(update, letters);
      update.setArray(4, connection.createArrayOf("bigint", atMillis.toArray()));
      update.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, List<RowState.Key> letters)
      throws SQLException {
    Connection connection = statement.getConnection();
    statement.setArray(
        1,
        connection.createArrayOf(
            "varchar", letters.stream().map(RowState.Key::recipient).toArray()));
    statement.setArray(
        2, connection.createArrayOf("bigint", letters.stream().map(RowState.Key::epoch).toArray()));
    statement.setArray(
        3,
        connection.createArrayOf("bigint", letters.stream().map(RowState.Key::sequence).toArray()));
  }
}
