package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads what is open in mailboxes: from the rows, and what they do not show yet from the committed
/// segments, so that nobody waits until rows are written. Thread-safe; blocks.
final class OpenMessages {
  private static final Comparator<StoredMessage> BY_CLASS = Comparator.comparing(PageCursor::after);
  private static final Comparator<StoredMessage> BY_END =
      Comparator.comparingLong(StoredMessage::expiresAtMillis);

  private final Database database;
  private final MessageRows rows;
  private final PostgresJournal journal;

  OpenMessages(Database database, StorageCipher cipher, PostgresJournal journal) {
    this.database = database;
    this.rows = new MessageRows(cipher);
    this.journal = journal;
  }

  /// See [MessageStore#pending].
  List<StoredMessage> page(String recipient, PageCursor after, int limit) {
    return page(MessageRows.SELECT, recipient, after, limit);
  }

  /// See [MessageStore#heads].
  List<StoredMessage> heads(String recipient, PageCursor after, int limit) {
    return page(MessageRows.HEADS, recipient, after, limit);
  }

  private List<StoredMessage> page(String select, String recipient, PageCursor after, int limit) {
    Unwritten unwritten = journal.unwritten();
    List<StoredMessage> page = new ArrayList<>();
    PageCursor from = after;
    while (page.size() < limit && !from.equals(PageCursor.END)) {
      Unwritten.Rows found = rowsBehind(select, recipient, from, limit);
      List<Accept> newer = unwritten.accepted(recipient, found.asOf(), from, limit);
      // Behind the end of the shorter one the longer one may have what comes between.
      PageCursor until = PageCursor.END;
      if (found.messages().size() == limit) {
        until = PageCursor.after(found.messages().getLast());
      }
      if (newer.size() == limit) {
        PageCursor last = PageCursor.of(newer.getLast());
        until = last.compareTo(until) < 0 ? last : until;
      }
      for (StoredMessage message : unwritten.current(recipient, found, newer)) {
        if (PageCursor.after(message).compareTo(until) <= 0) {
          page.add(message);
        }
      }
      from = until;
    }
    page.sort(BY_CLASS);
    return page.size() > limit ? page.subList(0, limit) : page;
  }

  private Unwritten.Rows rowsBehind(String select, String recipient, PageCursor after, int limit) {
    return read(
        select,
        "agent_id = ? AND (priority, sequence) > (?, ?) AND status IN ('pending', 'delivered')"
            + " ORDER BY priority, sequence LIMIT ?",
        query -> {
          query.setString(1, recipient);
          query.setInt(2, after.priority());
          query.setLong(3, after.sequence());
          query.setInt(4, limit);
        },
        BY_CLASS);
  }

  /// See [MessageStore#load].
  List<StoredMessage> load(String recipient, long mailboxEpoch, List<Long> sequences) {
    Unwritten unwritten = journal.unwritten();
    Unwritten.Rows found =
        read(
            MessageRows.SELECT,
            "agent_id = ? AND mailbox_epoch = ? AND sequence = ANY (?)"
                + " AND status IN ('pending', 'delivered')",
            query -> {
              query.setString(1, recipient);
              query.setLong(2, mailboxEpoch);
              query.setArray(3, query.getConnection().createArrayOf("bigint", sequences.toArray()));
            },
            BY_CLASS);
    List<Accept> newer =
        unwritten.accepted(
            found.asOf(),
            accept ->
                accept.recipient().equals(recipient)
                    && accept.mailboxEpoch() == mailboxEpoch
                    && sequences.contains(accept.sequence()));
    List<StoredMessage> open = unwritten.current(recipient, found, newer);
    open.sort(BY_CLASS);
    return open;
  }

  /// See [MessageStore#expired].
  List<StoredMessage> expired(long nowMillis, int limit) {
    Unwritten unwritten = journal.unwritten();
    Unwritten.Rows found =
        read(
            MessageRows.SELECT,
            "expires_at <= to_timestamp(? / 1000.0) AND status IN ('pending', 'delivered')"
                + " ORDER BY expires_at LIMIT ?",
            query -> {
              query.setLong(1, nowMillis);
              query.setInt(2, limit);
            },
            BY_END);
    List<Accept> newer =
        unwritten.accepted(
            found.asOf(),
            accept -> accept.expiresAtMillis() != 0 && accept.expiresAtMillis() <= nowMillis);
    Map<String, Mailbox> mailboxes = new HashMap<>();
    for (StoredMessage row : found.messages()) {
      mailboxes.computeIfAbsent(row.recipient(), _ -> new Mailbox()).rows.add(row);
    }
    for (Accept accept : newer) {
      mailboxes.computeIfAbsent(accept.recipient(), _ -> new Mailbox()).newer.add(accept);
    }
    List<StoredMessage> open = new ArrayList<>();
    mailboxes.forEach((recipient, mailbox) ->
        open.addAll(
            unwritten.current(
                recipient, new Unwritten.Rows(mailbox.rows, found.asOf()), mailbox.newer)));
    open.sort(BY_END);
    return open.size() > limit ? open.subList(0, limit) : open;
  }

  /// Rows together with the checkpoint that belongs to them: one statement sees one moment.
  private Unwritten.Rows read(
      String select, String where, MessageRows.Binder binder, Comparator<StoredMessage> order) {
    return database.run(
        "read open messages",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT open.*, c.segment FROM journal_checkpoint c LEFT JOIN LATERAL ("
                      + select
                      + "WHERE "
                      + where
                      + ") open ON true WHERE c.journal = "
                      + database.journal())) {
            binder.bind(query);
            try (ResultSet row = query.executeQuery()) {
              return rows(row, order);
            }
          }
        });
  }

  private Unwritten.Rows rows(ResultSet row, Comparator<StoredMessage> order) throws SQLException {
    List<StoredMessage> read = new ArrayList<>();
    long asOf = 0;
    while (row.next()) {
      asOf = row.getLong(MessageRows.COLUMNS + 1);
      if (row.getObject(1) != null) {
        read.add(rows.message(row));
      }
    }
    read.sort(order);
    return new Unwritten.Rows(read, asOf);
  }

  /// What of one mailbox has expired.
  private static final class Mailbox {
    final List<StoredMessage> rows = new ArrayList<>();
    final List<Accept> newer = new ArrayList<>();
  }
}
