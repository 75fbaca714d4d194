package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes over the journals of gateways that are gone: fences them off, makes rows of what they
/// left, and with that their mailboxes are free. Blocks; any thread.
final class JournalRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);

  private final Database database;
  private final StorageCipher cipher;
  private final JournalSettings settings;

  JournalRecovery(Database database, StorageCipher cipher, JournalSettings settings) {
    this.database = database;
    this.cipher = cipher;
    this.settings = settings;
  }

  private record Left(JournalId journal, boolean member) {}

  /// Takes over all that no living gateway writes, when this one starts: every other journal, or,
  /// where the database is shared, that of a gateway which had it for itself.
  ///
  /// @param mailboxes holds all mailboxes afterwards, unless the database is shared
  void takeAll(MailboxTable mailboxes) {
    List<Left> left = database.run("read journals", this::others);
    if (database.isShared()) {
      left.stream().filter(journal -> !journal.member).forEach(journal -> take(journal.journal));
      return;
    }
    left.stream().filter(Left::member).forEach(journal -> take(journal.journal));
    MailboxLoader.all(database, mailboxes);
    for (Left journal : left) {
      if (!journal.member) {
        new JournalReplay(database, cipher, journal.journal, mailboxes, settings).run();
      }
    }
  }

  /// Takes one over.
  ///
  /// @return false where somebody else is at it
  boolean take(JournalId journal) {
    LOG.info("taking over journal {}", journal);
    try (JournalFence fence = JournalFence.raise(database, journal)) {
      if (fence == null) {
        return false;
      }
      Optional<Left> left =
          database.run("read journals", this::others).stream()
              .filter(other -> other.journal.equals(journal))
              .findFirst();
      if (left.isEmpty()) {
        return true; // it is over
      }
      MailboxTable mailboxes = new MailboxTable();
      if (left.get().member) {
        MailboxLoader.ofJournal(database, journal, mailboxes);
      } else {
        MailboxLoader.all(database, mailboxes);
      }
      new JournalReplay(database, cipher, journal, mailboxes, settings).run();
      return true;
    } catch (SQLException e) {
      throw StoreException.of("cannot take over journal " + journal, e);
    }
  }

  private List<Left> others(Connection connection) throws SQLException {
    List<Left> left = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement("SELECT id, member FROM journals WHERE id <> ? ORDER BY id")) {
      query.setLong(1, database.journal().value());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          left.add(new Left(new JournalId(row.getLong(1)), row.getBoolean(2)));
        }
      }
    }
    return left;
  }
}
