package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.MalformedPageException;
import dev.aegis.store.audit.PageEntries;
import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One call of a search in the audit trail: looks at so many pages by the time they were written,
/// and opens those that may have what is looked for. Confined to one thread.
///
/// A page is written when its entries have happened, so what it was written before cannot be in it,
/// but for clocks that differ. It may be written much later, after a gateway was away: what
/// happened before a moment is in pages that were written before it or soon after, or in one that
/// was late, of which there is an index.
final class TrailSearch {
  private static final int CHUNK = 500;
  private static final int MAX_EXAMINED = 5_000;
  private static final int MAX_OPENED = 64;

  /// As the index `audit_pages_late` has it.
  private static final long LATE_MILLIS = TimeUnit.HOURS.toMillis(1);

  /// Of the cursor of a page that was looked at to its end.
  private static final int ALL = Integer.MAX_VALUE;

  private static final String KEY = "at, organization, retention, stream, journal, number";

  private final Connection connection;
  private final TrailQuery query;
  private final int limit;
  private final List<TrailReader.Found> found = new ArrayList<>();
  private int opened;

  TrailSearch(Connection connection, TrailQuery query, int limit) {
    this.connection = connection;
    this.query = query;
    this.limit = limit;
  }

  TrailReader.Result from(TrailReader.@Nullable Cursor after) throws SQLException {
    TrailReader.Cursor at = after;
    for (int examined = 0; examined < MAX_EXAMINED; examined += CHUNK) {
      List<Candidate> chunk = candidates(at);
      for (Candidate candidate : chunk) {
        int skipped = at != null && candidate.isAt(at) ? at.entries() : 0;
        byte[] keys = candidate.keys;
        if (skipped < ALL && keys != null && query.mayBeIn(keys)) {
          if (opened == MAX_OPENED) {
            return new TrailReader.Result(found, candidate.cursor(skipped));
          }
          opened++;
          int next = open(candidate, skipped);
          if (next >= 0) {
            return new TrailReader.Result(found, candidate.cursor(next));
          }
        }
      }
      if (chunk.size() < CHUNK) {
        return new TrailReader.Result(found, null);
      }
      at = chunk.getLast().cursor(ALL);
    }
    return new TrailReader.Result(found, at);
  }

  /// @return behind which of its entries the next call goes on; -1 for behind all
  private int open(Candidate candidate, int skipped) throws SQLException {
    byte[] body = body(candidate);
    if (body == null) {
      return -1; // its time was over meanwhile
    }
    List<TrailReader.Found> entries = decoded(candidate, body);
    for (int i = skipped; i < entries.size(); i++) {
      if (found.size() == limit) {
        return i;
      }
      if (query.wants(entries.get(i).entry())) {
        found.add(entries.get(i));
      }
    }
    return -1;
  }

  private List<TrailReader.Found> decoded(Candidate candidate, byte[] body) {
    List<AuditEntry> entries;
    try {
      entries = PageEntries.decode(body);
    } catch (MalformedPageException e) {
      throw new StoreException.Rejected("a page of the audit trail cannot be read", e);
    }
    List<TrailReader.Found> shown = new ArrayList<>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      shown.add(new TrailReader.Found(entries.get(i), candidate.chain, candidate.number, i));
    }
    Comparator<TrailReader.Found> byTime = Comparator.comparingLong(one -> one.entry().atMillis());
    shown.sort(byTime);
    if (query.newestFirst()) {
      Collections.reverse(shown);
    }
    return shown;
  }

  private byte @Nullable [] body(Candidate candidate) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT body FROM audit_pages WHERE retention = ? AND organization = ? AND stream = ?"
                + " AND journal = ? AND number = ? AND at = ?")) {
      Chain chain = candidate.chain;
      statement.setInt(1, chain.retention().code());
      statement.setString(2, chain.organization());
      statement.setInt(3, chain.stream().code());
      statement.setLong(4, chain.journal());
      statement.setLong(5, candidate.number);
      statement.setLong(6, candidate.atMillis);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getBytes(1) : null;
      }
    }
  }

  /// The next pages, whatever is in them: each counts as looked at.
  private List<Candidate> candidates(TrailReader.@Nullable Cursor from) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql(query, from != null))) {
      bind(statement, query, from);
      List<Candidate> candidates = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          candidates.add(
              new Candidate(
                  row.getLong(1),
                  new Chain(
                      row.getString(2),
                      Retention.ofCode(row.getInt(3)),
                      Chain.Stream.ofCode(row.getInt(4)),
                      row.getLong(5)),
                  row.getLong(6),
                  row.getBytes(7)));
        }
      }
      return candidates;
    }
  }

  /// @param goesOn whether behind a cursor
  static String sql(TrailQuery query, boolean goesOn) {
    String order =
        " ORDER BY " + (query.newestFirst() ? KEY.replace(",", " DESC,") + " DESC" : KEY);
    String pages =
        "(SELECT "
            + KEY
            + ", first_at, last_at, keys FROM audit_pages WHERE stream <> 0"
            + where(query, goesOn);
    String end = order + " LIMIT " + CHUNK + ")";
    String soon = ends(query) ? " AND at < ?" : "";
    String late = " AND at >= ? AND at - first_at > " + LATE_MILLIS;
    return "SELECT "
        + KEY
        + ", CASE WHEN last_at >= ? AND first_at < ? THEN keys END FROM ("
        + pages
        + soon
        + end
        + (ends(query) ? " UNION ALL " + pages + late + end : "")
        + ") AS pages"
        + order
        + " LIMIT "
        + CHUNK;
  }

  private static String where(TrailQuery query, boolean goesOn) {
    String beyond = query.newestFirst() ? " <= " : " >= ";
    return (query.organization() == null ? "" : " AND organization = ?")
        + (begins(query) ? " AND at >= ?" : "")
        + (goesOn
            // The first column alone, too: by that, whole partitions are left out.
            ? " AND at"
                + beyond
                + "? AND ("
                + KEY
                + ")"
                + beyond
                + "(?, ?, ?::smallint, ?::smallint, ?, ?)"
            : "");
  }

  private static boolean begins(TrailQuery query) {
    return query.fromMillis() > LATE_MILLIS;
  }

  private static boolean ends(TrailQuery query) {
    return query.toMillis() < Long.MAX_VALUE - LATE_MILLIS;
  }

  static void bind(PreparedStatement statement, TrailQuery query, TrailReader.@Nullable Cursor from)
      throws SQLException {
    statement.setLong(1, query.fromMillis());
    statement.setLong(2, query.toMillis());
    int next = pages(statement, 3, query, from);
    if (ends(query)) {
      statement.setLong(next++, query.toMillis() + LATE_MILLIS);
      next = pages(statement, next, query, from);
      statement.setLong(next, query.toMillis() + LATE_MILLIS);
    }
  }

  private static int pages(
      PreparedStatement statement, int first, TrailQuery query, TrailReader.@Nullable Cursor from)
      throws SQLException {
    int next = first;
    if (query.organization() != null) {
      statement.setString(next++, query.organization());
    }
    if (begins(query)) {
      statement.setLong(next++, query.fromMillis() - LATE_MILLIS);
    }
    if (from != null) {
      statement.setLong(next++, from.atMillis());
      statement.setLong(next++, from.atMillis());
      statement.setString(next++, from.organization());
      statement.setInt(next++, from.retention());
      statement.setInt(next++, from.stream());
      statement.setLong(next++, from.journal());
      statement.setLong(next++, from.number());
    }
    return next;
  }

  /// A page that may have what is looked for.
  ///
  /// @param keys null where its times tell that it has not
  private record Candidate(long atMillis, Chain chain, long number, byte @Nullable [] keys) {
    TrailReader.Cursor cursor(int entries) {
      return new TrailReader.Cursor(
          atMillis,
          chain.organization(),
          chain.retention().code(),
          chain.stream().code(),
          chain.journal(),
          number,
          entries);
    }

    boolean isAt(TrailReader.Cursor cursor) {
      return cursor.equals(cursor(cursor.entries()));
    }
  }
}
