package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Reads lists of messages, newest first, over the whole table and by whatever is asked for. There
/// is no B-tree for that, which would cost on each message: the index `message_queue_lists` (BRIN)
/// tells which blocks may have rows of some time, agent or conversation. So the table is read in
/// spans of time, the newest first, each longer or shorter by what the last one took; and a call
/// that has done its share ends with the position where the next one goes on. Thread-safe; blocks.
final class MessageLists {
  private static final long FIRST_SPAN_MILLIS = TimeUnit.MINUTES.toMillis(1);

  /// More rows than these in one span are not sorted; it is shortened.
  private static final int SPAN_ROWS = 4_000;

  private static final int SHORTER = 16;
  private static final int LONGER = 8;
  private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// When a call ends with what it has.
  private static final long SHARE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final int LONGEST_MILLIS = 2_000;
  private static final String CANCELLED = "57014";

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
    List<StoredMessage> found = new ArrayList<>();
    MessageList.Position at = from;
    long length = FIRST_SPAN_MILLIS;
    long began = System.nanoTime();
    while (true) {
      long oldest = Math.max(filter.fromMillis(), Math.min(at.atMillis(), nowMillis) - length);
      long spanBegan = System.nanoTime();
      Span span = span(filter, at, oldest, limit - found.size(), length > 1);
      if (span.tooMany) {
        length = Math.max(1, length / SHORTER);
        continue;
      }
      found.addAll(span.messages);
      if (found.size() == limit) {
        return new MessageList(found, MessageList.Position.of(found.getLast()));
      }
      if (oldest <= filter.fromMillis()) {
        return new MessageList(found, null);
      }
      at = MessageList.Position.before(oldest);
      long now = System.nanoTime();
      if (now - began > SHARE_NANOS) {
        return new MessageList(found, at);
      }
      long took = now - spanBegan;
      if (took > SLOW_NANOS) {
        length = Math.max(1, length / 2);
      } else if (took < QUICK_NANOS && span.messages.size() < SPAN_ROWS / LONGER) {
        length *= LONGER;
      }
    }
  }

  /// @param tooMany it has more than can be sorted at once, or took too long
  private record Span(List<StoredMessage> messages, boolean tooMany) {}

  private Span span(
      MessageFilter filter, MessageList.Position from, long oldest, int limit, boolean divisible) {
    try {
      return database.inTransaction(
          "list messages",
          connection -> {
            plan(connection);
            try (PreparedStatement query =
                connection.prepareStatement(
                    MessageRows.listed(where(filter) + " LIMIT ?")
                        + " ORDER BY "
                        + ORDER
                        + " LIMIT ?")) {
              int at = bind(query, filter, from, oldest);
              query.setInt(at, divisible ? SPAN_ROWS + 1 : Integer.MAX_VALUE);
              query.setInt(at + 1, limit);
              return read(query, divisible);
            }
          });
    } catch (StoreException e) {
      if (divisible
          && e.getCause() instanceof SQLException cause
          && CANCELLED.equals(cause.getSQLState())) {
        return new Span(List.of(), true);
      }
      throw e;
    }
  }

  /// The planner does not know that rows of a time lie together: it would read the table from its
  /// beginning and hope to find enough rows soon.
  private static void plan(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan;"
              + " SET LOCAL jit = off; SET LOCAL statement_timeout = "
              + LONGEST_MILLIS);
    }
  }

  private Span read(PreparedStatement query, boolean divisible) throws SQLException {
    List<StoredMessage> messages = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        if (divisible && row.getLong(MessageRows.COLUMNS + 1) > SPAN_ROWS) {
          return new Span(List.of(), true);
        }
        messages.add(rows.message(row));
      }
    }
    return new Span(messages, false);
  }

  /// What was redriven or has moved on has another row by now, and is listed as that one.
  private static String where(MessageFilter filter) {
    return "redriven_at IS NULL AND created_at >= to_timestamp(? / 1000.0) AND created_at <= to_timestamp(? / 1000.0)"
        + " AND (created_at, agent_id, mailbox_epoch, sequence) < (to_timestamp(? / 1000.0), ?, ?, ?)"
        + (filter.recipient() == null ? "" : " AND agent_id = ?")
        + (filter.sender() == null ? "" : " AND sender_id = ?")
        + (filter.conversation() == null ? "" : " AND conversation_id = ?")
        + (filter.type() == null ? "" : " AND message_type = ?")
        + (filter.status() == null ? "" : " AND " + is(filter.status()))
        + (filter.organization() == null
            ? ""
            : " AND agent_id IN (SELECT agent_id FROM agents WHERE organization_id = ?"
                + " UNION ALL SELECT unnest(?::varchar[]))");
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
