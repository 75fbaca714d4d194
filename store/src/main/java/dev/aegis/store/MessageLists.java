package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Reads lists of messages, newest first, over the whole table and by whatever is asked for. Times
/// and agents have no B-tree, which would cost on each message: the indexes `message_queue_times`
/// and `message_queue_lists` (BRIN) tell which blocks may have rows of some time, agent or pair. So
/// the table is read in spans of time, see [ListWalk]. Thread-safe; blocks.
final class MessageLists {
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private static final String ORDER =
      "created_at DESC, agent_id DESC, mailbox_epoch DESC, sequence DESC";

  private final Database database;
  private final MessageRows rows;

  MessageLists(Database database, StorageCipher cipher) {
    this.database = database;
    this.rows = new MessageRows(cipher);
  }

  /// @param nowMillis what no message is expected to be newer than by much
  MessageList page(MessageFilter filter, MessageList.Position from, int limit, long nowMillis) {
    ListWalk.Spans spans =
        (at, oldest, most, divisible) -> span(filter, at, oldest, most, divisible);
    return new ListWalk(spans, System::nanoTime).page(from, filter.fromMillis(), limit, nowMillis);
  }

  private ListWalk.Span span(
      MessageFilter filter, MessageList.Position from, long oldest, int limit, boolean divisible) {
    try {
      return database.inTime(
          "list messages",
          LONGEST,
          (connection, time) -> {
            plan(connection, time);
            try (PreparedStatement query =
                connection.prepareStatement(
                    MessageRows.listed(where(filter) + " LIMIT ?")
                        + " ORDER BY "
                        + ORDER
                        + " LIMIT ?")) {
              int at = bind(query, filter, from, oldest);
              query.setInt(at, divisible ? ListWalk.SPAN_ROWS + 1 : Integer.MAX_VALUE);
              query.setInt(at + 1, limit);
              return read(query, divisible);
            }
          });
    } catch (StoreException.TooLong e) {
      if (divisible) {
        return ListWalk.Span.unread(ListWalk.End.TOO_LONG);
      }
      throw e;
    }
  }

  /// The planner does not know that rows of a time lie together: it would read the table from its
  /// beginning and hope to find enough rows soon.
  private static void plan(Connection connection, TimeLimit time) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan;"
              + " SET LOCAL jit = off; "
              + time.setting());
    }
  }

  private ListWalk.Span read(PreparedStatement query, boolean divisible) throws SQLException {
    List<StoredMessage> messages = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        if (divisible && row.getLong(MessageRows.COLUMNS + 1) > ListWalk.SPAN_ROWS) {
          return ListWalk.Span.unread(ListWalk.End.TOO_MANY);
        }
        messages.add(rows.message(row));
      }
    }
    return new ListWalk.Span(messages, ListWalk.End.READ);
  }

  /// What was redriven or has moved on has another row by now, and is listed as that one.
  private static String where(MessageFilter filter) {
    return "redriven_at IS NULL AND (status <> 'moved' OR NOT "
        + MessageLives.arrived("message_queue")
        + ") AND created_at >= to_timestamp(? / 1000.0) AND created_at <= to_timestamp(? / 1000.0)"
        + " AND (created_at, agent_id, mailbox_epoch, sequence) < (to_timestamp(? / 1000.0), ?, ?, ?)"
        + (filter.recipient() == null ? "" : " AND agent_id = ?")
        + (filter.sender() == null ? "" : " AND sender_id = ?")
        + (isOfPair(filter) ? " AND " + pair("sender_id", "agent_id") + " = " + pair("?", "?") : "")
        + (filter.conversation() == null ? "" : " AND conversation_id = ?")
        + (filter.type() == null ? "" : " AND message_type = ?")
        + (filter.status() == null ? "" : " AND " + is(filter.status()))
        + (filter.organization() == null
            ? ""
            : " AND agent_id IN (SELECT agent_id FROM agents WHERE organization_id = ?"
                + " UNION ALL SELECT unnest(?::varchar[]))");
  }

  private static boolean isOfPair(MessageFilter filter) {
    return filter.recipient() != null && filter.sender() != null;
  }

  /// What the index knows a pair by.
  private static String pair(String sender, String recipient) {
    return "hashtextextended(" + sender + ", hashtextextended(" + recipient + ", 0))";
  }

  /// As a constant: there are indexes of some of them. What is between two agents waits.
  private static String is(MessageStatus status) {
    String is = "status = '" + status.text() + "'";
    return status == MessageStatus.PENDING ? "(" + is + " OR status = 'moved')" : is;
  }

  private static int bind(
      PreparedStatement query, MessageFilter filter, MessageList.Position from, long oldest)
      throws SQLException {
    int at = 1;
    query.setLong(at++, oldest);
    query.setLong(at++, from.atMillis());
    query.setLong(at++, from.atMillis());
    query.setString(at++, from.recipient());
    query.setLong(at++, from.mailboxEpoch());
    query.setLong(at++, from.sequence());
    if (filter.recipient() != null) {
      query.setString(at++, filter.recipient());
    }
    if (filter.sender() != null) {
      query.setString(at++, filter.sender());
    }
    if (isOfPair(filter)) {
      query.setString(at++, filter.sender());
      query.setString(at++, filter.recipient());
    }
    if (filter.conversation() != null) {
      query.setObject(at++, filter.conversation());
    }
    if (filter.type() != null) {
      query.setString(at++, filter.type());
    }
    if (filter.organization() != null) {
      query.setString(at++, filter.organization());
      query.setArray(
          at++,
          query
              .getConnection()
              .createArrayOf("varchar", PoolName.all(filter.organization()).toArray()));
    }
    return at;
  }
}
