package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts the story of a message together: from the rows it has (one more each time it was redriven,
/// or moved on to another agent) and the log of what was not the plain way.
final class MessageHistory {
  private static final String REDRIVEN = "redriven";
  private static final String DISCARDED = "discarded";

  private final Connection connection;

  MessageHistory(Connection connection) {
    this.connection = connection;
  }

  private record Life(
      String recipient,
      long epoch,
      long sequence,
      long acceptedAt,
      long deliveredAt,
      long processedAt,
      long finishedAt,
      @Nullable String reason) {}

  /// The steps of the message, oldest first.
  List<MessageEvent> of(StoredMessage message) throws SQLException {
    List<MessageEvent> events = new ArrayList<>();
    for (Life life : lives(message)) {
      boolean moved = !events.isEmpty() && events.getLast().status() == MessageStatus.MOVED;
      events.addAll(of(life, moved, events.isEmpty() ? null : REDRIVEN));
    }
    return events;
  }

  /// @param moved whether the story goes on where another agent's ended
  private List<MessageEvent> of(Life life, boolean moved, @Nullable String cause)
      throws SQLException {
    List<MessageEvent> events = new ArrayList<>();
    if (!moved) {
      events.add(new MessageEvent(MessageStatus.PENDING, life.acceptedAt, 1, cause));
    }
    int attempt = 1;
    boolean delivered = life.deliveredAt == 0;
    for (MessageEvent logged : logged(life)) {
      if (!delivered && life.deliveredAt <= logged.atMillis()) {
        events.add(new MessageEvent(MessageStatus.DELIVERED, life.deliveredAt, attempt, null));
        delivered = true;
      }
      if (logged.status() == MessageStatus.PENDING) {
        attempt++;
      }
      events.add(new MessageEvent(logged.status(), logged.atMillis(), attempt, logged.reason()));
    }
    if (!delivered) {
      events.add(new MessageEvent(MessageStatus.DELIVERED, life.deliveredAt, attempt, null));
    }
    if (life.processedAt > 0) {
      events.add(new MessageEvent(MessageStatus.PROCESSED, life.processedAt, attempt, null));
    }
    if (DISCARDED.equals(life.reason)
        && !events.isEmpty()
        && events.getLast().status() == MessageStatus.DEAD) {
      // The row alone says so: what ends a dead letter is not logged.
      events.add(new MessageEvent(MessageStatus.FAILED, life.finishedAt, attempt, DISCARDED));
    }
    return events;
  }

  private List<Life> lives(StoredMessage message) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, mailbox_epoch, sequence, "
                + MessageRows.millis("created_at")
                + ", "
                + MessageRows.millis("delivered_at")
                + ", "
                + MessageRows.millis("processed_at")
                + ", "
                + MessageRows.millis("finished_at")
                + ", reason FROM message_queue WHERE "
                + MessageLives.OF
                + " ORDER BY created_at, status <> 'moved', finished_at, mailbox_epoch,"
                + " sequence")) {
      MessageLives.bind(query, 1, message);
      List<Life> lives = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          lives.add(
              new Life(
                  row.getString(1),
                  row.getLong(2),
                  row.getLong(3),
                  row.getLong(4),
                  row.getLong(5),
                  row.getLong(6),
                  row.getLong(7),
                  row.getString(8)));
        }
      }
      return lives;
    }
  }

  private List<MessageEvent> logged(Life life) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT status, "
                + MessageRows.millis("attempted_at")
                + ", reason FROM message_delivery_log WHERE agent_id = ?"
                + " AND mailbox_epoch = ? AND sequence = ? ORDER BY segment, position")) {
      query.setString(1, life.recipient);
      query.setLong(2, life.epoch);
      query.setLong(3, life.sequence);
      List<MessageEvent> events = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          events.add(
              new MessageEvent(
                  MessageRows.status(row.getString(1)), row.getLong(2), 1, row.getString(3)));
        }
      }
      return events;
    }
  }
}
