package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rebuilds what the journal keeps in memory: from the rows, then by replaying the segments behind
/// the checkpoint, which become rows on the way.
final class JournalRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);
  private static final int FETCH_ROWS = 5_000;
  private static final long BATCH_BYTES = 16L << 20;
  private static final int BATCH_SEGMENTS = 256;

  private final Database database;
  private final StorageCipher cipher;
  private final Projection projection;
  private final MailboxTable mailboxes;
  private final CommitApplier applier;

  JournalRecovery(
      Database database, StorageCipher cipher, Projection projection, MailboxTable mailboxes) {
    this.database = database;
    this.cipher = cipher;
    this.projection = projection;
    this.mailboxes = mailboxes;
    this.applier = new CommitApplier(mailboxes);
  }

  /// @return the number of the last segment used; all up to it are rows now
  long run() {
    database.inTransaction(
        "load the mailboxes",
        connection -> {
          loadMailboxes(connection);
          loadOpen(connection);
          return true;
        });
    long checkpoint = database.run("read the checkpoint", JournalTable::checkpoint);
    NavigableMap<Long, Long> voids = database.run("read void segments", JournalRecovery::voids);
    long last = checkpoint;
    int replayed = 0;
    List<Committed> batch = new ArrayList<>();
    long bytes = 0;
    while (true) {
      long number = skip(voids, last + 1);
      Optional<byte[]> body =
          database.run("read a segment", connection -> body(connection, number));
      if (body.isEmpty()) {
        break;
      }
      Committed segment = replay(number, body.get());
      batch.add(segment);
      bytes += segment.bytes();
      if (bytes >= BATCH_BYTES || batch.size() == BATCH_SEGMENTS) {
        projection.write(batch, List.of());
        batch.clear();
        bytes = 0;
      }
      last = number;
      replayed++;
    }
    if (!batch.isEmpty()) {
      projection.write(batch, List.of());
    }
    if (replayed > 0) {
      LOG.info("replayed {} journal segments up to {}", replayed, last);
    }
    return voidRest(last, voids);
  }

  private static long skip(NavigableMap<Long, Long> voids, long number) {
    long next = number;
    var covering = voids.floorEntry(next);
    while (covering != null && covering.getValue() >= next) {
      next = covering.getValue() + 1;
      covering = voids.floorEntry(next);
    }
    return next;
  }

  private Committed replay(long number, byte[] body) {
    List<JournalEntry> entries;
    try {
      entries = SegmentCodec.decode(cipher.open(body, SegmentCodec.associatedData(number)));
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected(
          "journal segment " + number + " does not open: wrong storage key, or altered", e);
    }
    for (JournalEntry entry : entries) {
      if (entry instanceof Accept accept) {
        mailboxes.of(accept.recipient(), accept.mailboxEpoch()).passed(accept.sequence());
      }
    }
    return applier.apply(number, entries, 0);
  }

  /// Segments behind a gap were never reported: the one before them did not make it.
  private long voidRest(long last, NavigableMap<Long, Long> voids) {
    long highest =
        Math.max(
            database.run("read the last segment", JournalRecovery::highest),
            voids.isEmpty() ? 0 : voids.lastEntry().getValue());
    if (highest > last) {
      JournalTable.voidSegments(database, last + 1, highest);
    }
    return Math.max(last, highest);
  }

  private void loadMailboxes(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT agent_id, epoch, next_sequence FROM mailboxes")) {
      query.setFetchSize(FETCH_ROWS);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          mailboxes.restore(row.getString(1), row.getLong(2), row.getLong(3));
        }
      }
    }
  }

  private void loadOpen(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, mailbox_epoch, sequence, size FROM message_queue"
                + " WHERE status IN ('pending', 'delivered')"
                + " ORDER BY agent_id, mailbox_epoch, sequence")) {
      query.setFetchSize(FETCH_ROWS);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          MailboxState mailbox = mailboxes.of(row.getString(1), row.getLong(2));
          if (mailbox.epoch() == row.getLong(2)) {
            mailbox.opened(row.getLong(3), row.getInt(4));
          }
        }
      }
    }
  }

  private static NavigableMap<Long, Long> voids(Connection connection) throws SQLException {
    NavigableMap<Long, Long> voids = new TreeMap<>();
    try (PreparedStatement query =
            connection.prepareStatement("SELECT first_segment, last_segment FROM journal_void");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        voids.put(row.getLong(1), row.getLong(2));
      }
    }
    return voids;
  }

  private static Optional<byte[]> body(Connection connection, long number) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT body FROM journal WHERE segment = ?")) {
      query.setLong(1, number);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? Optional.of(row.getBytes(1)) : Optional.empty();
      }
    }
  }

  private static long highest(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement("SELECT coalesce(max(segment), 0) FROM journal");
        ResultSet row = query.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
