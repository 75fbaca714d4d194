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

/// Makes rows of what a journal holds behind its checkpoint, and ends it. Its gateway must be gone
/// for good; a replay that did not come to its end is simply begun anew. Blocks; one thread.
final class JournalReplay {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);
  private static final long BATCH_BYTES = 16L << 20;
  private static final int BATCH_SEGMENTS = 256;

  private final Database database;
  private final StorageCipher cipher;
  private final JournalId journal;
  private final MailboxTable mailboxes;
  private final CommitApplier applier;
  private final MessageTrail trail;

  /// @param mailboxes every mailbox of the journal, with what is open in its rows; they grow by
  ///   what is replayed
  JournalReplay(
      Database database,
      StorageCipher cipher,
      JournalId journal,
      MailboxTable mailboxes,
      JournalSettings settings) {
    this.database = database;
    this.cipher = cipher;
    this.journal = journal;
    this.mailboxes = mailboxes;
    this.applier = new CommitApplier(mailboxes);
    this.trail = MessageTrail.of(journal, settings);
  }

  /// @throws StoreException.Rejected a segment does not open, or somebody else is at it
  void run() {
    long last =
        database.run(
            "read the checkpoint", connection -> JournalTable.checkpoint(connection, journal));
    Projection projection = new Projection(database, cipher, journal, last, trail);
    NavigableMap<Long, Long> voids = database.run("read void segments", this::voids);
    int replayed = 0;
    long written = last;
    List<Committed> batch = new ArrayList<>();
    long bytes = 0;
    while (true) {
      long number = skip(voids, last + 1);
      Optional<byte[]> body =
          database.run("read a segment", connection -> body(connection, number));
      if (body.isEmpty()) {
        break; // what is behind a gap was never reported: the one before it did not make it
      }
      Committed segment = replay(number, body.get());
      batch.add(segment);
      bytes += segment.bytes();
      last = number;
      if (bytes >= BATCH_BYTES || batch.size() == BATCH_SEGMENTS) {
        projection.write(batch, List.of());
        written = last;
        batch.clear();
        bytes = 0;
      }
      replayed++;
    }
    if (!batch.isEmpty()) {
      projection.write(batch, List.of());
      written = last;
    }
    if (replayed > 0) {
      LOG.info("replayed {} segments of journal {}", replayed, journal);
    }
    JournalTable.end(database, journal, written);
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

  private NavigableMap<Long, Long> voids(Connection connection) throws SQLException {
    NavigableMap<Long, Long> voids = new TreeMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT first_segment, last_segment FROM journal_void"
                + " WHERE first_segment BETWEEN ? AND ?")) {
      query.setLong(1, journal.base() + 1);
      query.setLong(2, journal.end());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          voids.put(row.getLong(1), row.getLong(2));
        }
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
}
