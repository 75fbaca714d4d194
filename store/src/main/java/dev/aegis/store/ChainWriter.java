package dev.aegis.store;

import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.PageEntries;
import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Adds pages to the chains of one journal and stream. Nobody else does while that journal is this
/// one's: where the last pages are is remembered from commit to commit, and only read where a
/// commit's end is not known. Confined to one thread.
final class ChainWriter {
  private static final byte[] NO_KEYS = {};
  private static final int LOCK = 0x6165_6368; // "aech", and the stream

  private final JournalId journal;
  private final Chain.Stream stream;
  private final InstantSource clock;

  /// Null where they have to be read.
  private @Nullable Map<Chain, Head> heads;

  private @Nullable Map<Chain, Head> pending;

  /// A chain's last page.
  record Head(long number, long atMillis, byte[] hash) {}

  ChainWriter(JournalId journal, Chain.Stream stream, InstantSource clock) {
    this.journal = journal;
    this.stream = stream;
    this.clock = clock;
  }

  /// For the rest of the transaction, this is the only one that writes to the chains: an earlier
  /// attempt whose end is not known has ended, and what it committed can be seen. Not needed where
  /// something else of the journal is locked.
  void lock(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(?, ?::integer)")) {
      query.setInt(1, LOCK + stream.code());
      query.setLong(2, journal.value());
      query.execute();
    }
  }

  /// In the transaction of what they tell of. It must end with [#committed], or the heads are read
  /// anew.
  ///
  /// @param entries by organization
  void write(
      Connection connection, Organizations organizations, Map<String, List<PageEntries>> entries)
      throws SQLException {
    Map<Chain, Head> known = heads(connection);
    Map<Chain, Head> next = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    entries.forEach((organization, pages) -> {
      Chain chain =
          new Chain(organization, organizations.retention(organization), stream, journal.value());
      Head head = known.get(chain);
      for (PageEntries page : pages) {
        Page made = after(head, chain, page.body());
        head = new Head(made.number(), made.atMillis(), made.hash());
        rows.add(
            new Row(
                made,
                head.hash,
                page.firstAtMillis(),
                page.lastAtMillis(),
                page.count(),
                page.keys(),
                null));
      }
      if (head != null) {
        next.put(chain, head);
      }
    });
    pending = next;
    insert(connection, rows);
    advance(connection, next);
  }

  private Page after(@Nullable Head head, Chain chain, byte[] body) {
    long now = clock.millis();
    return head == null
        ? new Page(chain, 1, now, 0, Page.none(), body)
        : new Page(
            chain, head.number + 1, Math.max(now, head.atMillis), head.atMillis, head.hash, body);
  }

  private Map<Chain, Head> heads(Connection connection) throws SQLException {
    if (pending != null) {
      heads = null; // nobody said what became of them
    }
    Map<Chain, Head> known = heads;
    if (known == null) {
      known = read(connection);
      heads = known;
    }
    return known;
  }

  /// What was written last is on disk.
  void committed() {
    Map<Chain, Head> known = heads;
    Map<Chain, Head> written = pending;
    if (written == null) {
      heads = null; // it was an earlier attempt that was committed
    } else if (known != null) {
      known.putAll(written);
    }
    pending = null;
  }

  /// What was written last is given up.
  void forget() {
    heads = null;
    pending = null;
  }

  /// Whether what was written last is on disk, for whoever did not hear.
  boolean isWritten(Connection connection) throws SQLException {
    Map<Chain, Head> written = pending;
    if (written == null || written.isEmpty()) {
      return false;
    }
    Map<Chain, Head> stored = read(connection);
    return written.entrySet().stream()
        .allMatch(entry -> {
          Head there = stored.get(entry.getKey());
          return there != null && Arrays.equals(there.hash, entry.getValue().hash);
        });
  }

  private Map<Chain, Head> read(Connection connection) throws SQLException {
    Map<Chain, Head> found = new HashMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT organization, retention, number, at, hash FROM audit_chains"
                + " WHERE journal = ? AND stream = ?")) {
      query.setLong(1, journal.value());
      query.setInt(2, stream.code());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.put(
              new Chain(row.getString(1), Retention.ofCode(row.getInt(2)), stream, journal.value()),
              new Head(row.getLong(3), row.getLong(4), row.getBytes(5)));
        }
      }
    }
    return found;
  }

  /// A page with what is beside it in its row.
  ///
  /// @param signature of checkpoints
  record Row(
      Page page,
      byte[] hash,
      long firstAtMillis,
      long lastAtMillis,
      int entries,
      byte[] keys,
      byte @Nullable [] signature) {
    /// A checkpoint's.
    static Row checkpoint(Page page, byte[] hash, int heads, byte[] signature) {
      return new Row(page, hash, page.atMillis(), page.atMillis(), heads, NO_KEYS, signature);
    }
  }

  static void insert(Connection connection, List<Row> rows) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO audit_pages (retention, organization, stream, journal, number, at,"
                + " first_at, last_at, entries, keys, previous_at, previous, hash, body, signature)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (Row row : rows) {
        Page page = row.page;
        statement.setInt(1, page.chain().retention().code());
        statement.setString(2, page.chain().organization());
        statement.setInt(3, page.chain().stream().code());
        statement.setLong(4, page.chain().journal());
        statement.setLong(5, page.number());
        statement.setLong(6, page.atMillis());
        statement.setLong(7, row.firstAtMillis);
        statement.setLong(8, row.lastAtMillis);
        statement.setInt(9, row.entries);
        statement.setBytes(10, row.keys);
        statement.setLong(11, page.previousAtMillis());
        statement.setBytes(12, page.previous());
        statement.setBytes(13, row.hash);
        statement.setBytes(14, page.body());
        statement.setBytes(15, row.signature);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static void advance(Connection connection, Map<Chain, Head> heads) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO audit_chains (organization, retention, stream, journal, number, at, hash)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (journal, stream, organization, retention)"
                + " DO UPDATE SET number = excluded.number, at = excluded.at,"
                + " hash = excluded.hash")) {
      for (Map.Entry<Chain, Head> entry : heads.entrySet()) {
        Chain chain = entry.getKey();
        Head head = entry.getValue();
        statement.setString(1, chain.organization());
        statement.setInt(2, chain.retention().code());
        statement.setInt(3, chain.stream().code());
        statement.setLong(4, chain.journal());
        statement.setLong(5, head.number);
        statement.setLong(6, head.atMillis);
        statement.setBytes(7, head.hash);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
