package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// Fills a database with messages of any time, as the journal of a gateway would have left them:
/// rows, positions of mailboxes, and what is counted. For measurements and tests; nothing of it
/// goes through the journal, so what is under way when the process ends is not there. Not
/// thread-safe.
public final class MessageLoad {
  private final Database database;
  private final MailboxTable mailboxes = new MailboxTable();
  private final CommitApplier applier = new CommitApplier(mailboxes);
  private final Projection projection;
  private long segment;

  /// @param database whose messages are all written by this, from the first on
  public MessageLoad(Database database, StorageCipher cipher) {
    this.database = database;
    this.segment = database.journal().base();
    this.projection =
        new Projection(database, cipher, database.journal(), segment, MessageTrail.OFF);
  }

  /// Gives a message its place in the mailbox of its recipient.
  public Accept place(Accept accept) {
    MailboxState mailbox = mailboxes.of(accept.recipient(), 1);
    accept.place(Outcome.STORED, mailbox.epoch(), mailbox.take());
    return accept;
  }

  /// Writes messages that have their places, and what came of them, in one transaction.
  public void write(List<JournalEntry> entries) {
    segment++;
    projection.write(List.of(applier.apply(segment, entries, 0)), List.of());
  }

  private static final String INDEXES =
      "'message_queue_id', 'message_queue_lists', 'message_queue_times',"
          + " 'message_queue_conversation', 'message_queue_ended'";

  /// Drops the indexes of messages that are not needed to write them, and returns how they are made
  /// again: that is faster at the end, and gives the same.
  public List<String> dropIndexes() {
    return database.inTransaction(
        "drop indexes",
        connection -> {
          List<String> made = new ArrayList<>();
          try (Statement statement = connection.createStatement()) {
            try (ResultSet row =
                statement.executeQuery(
                    "SELECT indexdef FROM pg_indexes WHERE tablename = 'message_queue' AND"
                        + " indexname IN ("
                        + INDEXES
                        + ")")) {
              while (row.next()) {
                made.add(row.getString(1));
              }
            }
            statement.execute("DROP INDEX " + INDEXES.replace("'", ""));
          }
          return made;
        });
  }

  /// Makes indexes, and leaves the tables as the database's own housekeeping would.
  public void finish(List<String> indexes) {
    try (Connection connection = database.connect("aegis-load");
        Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, 0); // an index of many rows takes its time
      statement.execute("SET maintenance_work_mem = '512MB'");
      for (String index : indexes) {
        statement.execute(index);
      }
      statement.execute("VACUUM (ANALYZE) message_queue");
      statement.execute("VACUUM (ANALYZE) statistics");
    } catch (SQLException e) {
      throw StoreException.of("cannot finish a load", e);
    }
  }
}
