package dev.aegis.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/// The rows of one message: one more each time it was redriven, or moved on to another agent.
final class MessageLives {
  /// Rows of `message_queue` that are the message's of one of them.
  static final String OF =
      "id = ? AND sender_id = ? AND (agent_id = ?"
          + " OR (routed_to IS NOT NULL AND digest IN (SELECT o.digest FROM message_queue o"
          + " WHERE o.id = ? AND o.agent_id = ? AND o.mailbox_epoch = ? AND o.sequence = ?)))";

  /// Rows, as `o`, after which the message is not over: whoever has it, or is about to get it, may
  /// still do something with it.
  static final String OPEN =
      "(o.status IN ('pending', 'delivered') OR (o.status = 'dead' AND o.redriven_at IS NULL)"
          + " OR (o.status = 'moved' AND o.redriven_at IS NULL AND NOT "
          + arrived("o")
          + "))";

  private MessageLives() {}

  /// Whether the next recipient of a row that has moved on has it.
  static String arrived(String row) {
    return "EXISTS (SELECT FROM message_queue n WHERE n.id = %1$s.id AND n.sender_id = %1$s.sender_id AND n.agent_id = %1$s.reason AND n.digest = %1$s.digest)"
        .formatted(row);
  }

  /// @return the next parameter
  static int bind(PreparedStatement statement, int first, StoredMessage message)
      throws SQLException {
    int next = first;
    statement.setObject(next++, message.id());
    statement.setString(next++, message.sender());
    statement.setString(next++, message.recipient());
    statement.setObject(next++, message.id());
    statement.setString(next++, message.recipient());
    statement.setLong(next++, message.mailboxEpoch());
    statement.setLong(next++, message.sequence());
    return next;
  }
}
