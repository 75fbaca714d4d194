package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;

/// Reads mailboxes and what is open in them from the rows, each as of one moment.
final class MailboxLoader {
  private static final int FETCH_ROWS = 5_000;

  private MailboxLoader() {}

  /// Every mailbox there is.
  static void all(Database database, MailboxTable into) {
    load(database, "true", _ -> {}, into);
  }

  /// Those that a journal owns.
  static void ofJournal(Database database, JournalId journal, MailboxTable into) {
    load(database, "owner = ?", query -> query.setLong(1, journal.value()), into);
  }

  /// Those of these recipients.
  static void of(Database database, Collection<String> recipients, MailboxTable into) {
    load(
        database,
        "agent_id = ANY (?)",
        query ->
            query.setArray(1, query.getConnection().createArrayOf("varchar", recipients.toArray())),
        into);
  }

  private interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }

  private static void load(Database database, String which, Binder binder, MailboxTable into) {
    database.inTransaction(
        "load mailboxes",
        connection -> {
          mailboxes(connection, which, binder, into);
          open(connection, which, binder, into);
          return true;
        });
  }

  private static void mailboxes(
      Connection connection, String which, Binder binder, MailboxTable into) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, epoch, next_sequence, newest_slice FROM mailboxes WHERE " + which)) {
      query.setFetchSize(FETCH_ROWS);
      binder.bind(query);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          into.restore(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4));
        }
      }
    }
  }

  private static void open(Connection connection, String which, Binder binder, MailboxTable into)
      throws SQLException {
    String mailboxes =
        which.equals("true")
            ? ""
            : " AND agent_id IN (SELECT agent_id FROM mailboxes WHERE " + which + ")";
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, mailbox_epoch, sequence, size FROM message_queue"
                + " WHERE status IN ('pending', 'delivered')"
                + mailboxes
                + " ORDER BY agent_id, mailbox_epoch, sequence")) {
      query.setFetchSize(FETCH_ROWS);
      binder.bind(query);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          MailboxState mailbox = into.of(row.getString(1), row.getLong(2));
          if (mailbox.epoch() == row.getLong(2)) {
            mailbox.opened(row.getLong(3), row.getInt(4));
          }
        }
      }
    }
  }
}
