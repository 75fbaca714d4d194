package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.MalformedPageException;
import dev.aegis.store.audit.Page;
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
import org.jspecify.annotations.Nullable;

/// Reads the audit trail: entries that are looked for, and whole chains for an export. What one
/// call does is bounded, and where it comes to a bound it says where to go on. Thread-safe; blocks;
/// throws [StoreException].
public final class TrailReader {
  private static final int CHUNK = 500;
  private static final int MAX_EXAMINED = 5_000;
  private static final int MAX_OPENED = 64;
  private static final int EXPORT_PAGES = 256;
  private static final long EXPORT_BYTES = 4L << 20;

  private final Database database;

  public TrailReader(Database database) {
    this.database = database;
  }

  /// An entry with its place in the trail.
  ///
  /// @param index in its page, as time orders it
  public record Found(AuditEntry entry, Chain chain, long page, int index) {}

  /// Where a search goes on: in this page, behind so many of its entries.
  public record Cursor(
      long atMillis,
      String organization,
      int retention,
      int stream,
      long journal,
      long number,
      int entries) {
    /// As text.
    public String text() {
      return atMillis
          + "/"
          + organization
          + '/'
          + retention
          + '/'
          + stream
          + '/'
          + journal
          + '/'
          + number
          + '/'
          + entries;
    }

    /// @throws IllegalArgumentException it is none
    public static Cursor of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 7) {
        throw new IllegalArgumentException("not a place in the trail");
      }
      return new Cursor(
          Long.parseLong(parts[0]),
          parts[1],
          Integer.parseInt(parts[2]),
          Integer.parseInt(parts[3]),
          Long.parseLong(parts[4]),
          Long.parseLong(parts[5]),
          Integer.parseInt(parts[6]));
    }
  }

  /// @param next null where there is nothing more; else there may be
  public record Result(List<Found> entries, @Nullable Cursor next) {}

  /// By the time their pages were written, and within a page by their own.
  public Result search(TrailQuery query, @Nullable Cursor after, int limit) {
    return database.run(
        "search the audit trail", connection -> new Search(connection, query, limit).from(after));
  }

  private static final class Search {
    private final Connection connection;
    private final TrailQuery query;
    private final int limit;
    private final List<Found> found = new ArrayList<>();
    private int opened;

    Search(Connection connection, TrailQuery query, int limit) {
      this.connection = connection;
      this.query = query;
      this.limit = limit;
    }

    Result from(@Nullable Cursor after) throws SQLException {
      Cursor at = after;
      for (int examined = 0; examined < MAX_EXAMINED; examined += CHUNK) {
        List<Candidate> chunk = candidates(at);
        for (Candidate candidate : chunk) {
          int skipped = at != null && candidate.isAt(at) ? at.entries : 0;
          if (query.mayBeIn(candidate.keys)) {
            if (opened == MAX_OPENED) {
              return new Result(found, candidate.cursor(skipped));
            }
            opened++;
            int next = open(candidate, skipped);
            if (next >= 0) {
              return new Result(found, candidate.cursor(next));
            }
          }
        }
        if (chunk.size() < CHUNK) {
          return new Result(found, null);
        }
        at = chunk.getLast().cursor(Integer.MAX_VALUE);
      }
      return new Result(found, at);
    }

    /// @return behind which of its entries the next call goes on; -1 for behind all
    private int open(Candidate candidate, int skipped) throws SQLException {
      byte[] body = body(candidate);
      if (body == null) {
        return -1; // its time was over meanwhile
      }
      List<Found> entries = decoded(candidate, body);
      for (int i = skipped; i < entries.size(); i++) {
        if (found.size() == limit) {
          return i;
        }
        if (query.wants(entries.get(i).entry)) {
          found.add(entries.get(i));
        }
      }
      return -1;
    }

    private List<Found> decoded(Candidate candidate, byte[] body) {
      List<AuditEntry> entries;
      try {
        entries = PageEntries.decode(body);
      } catch (MalformedPageException e) {
        throw new StoreException.Rejected("a page of the audit trail cannot be read", e);
      }
      List<Found> shown = new ArrayList<>(entries.size());
      for (int i = 0; i < entries.size(); i++) {
        shown.add(new Found(entries.get(i), candidate.chain, candidate.number, i));
      }
      Comparator<Found> byTime = Comparator.comparingLong(one -> one.entry.atMillis());
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

    private List<Candidate> candidates(@Nullable Cursor from) throws SQLException {
      String order = query.newestFirst() ? " DESC" : "";
      String beyond = query.newestFirst() ? " <= " : " >= ";
      try (PreparedStatement statement =
          connection.prepareStatement(
              "SELECT at, organization, retention, stream, journal, number, keys FROM audit_pages"
                  + " WHERE stream <> 0 AND last_at >= ? AND first_at < ?"
                  + (query.organization() == null ? "" : " AND organization = ?")
                  + (from == null
                      ? ""
                      : " AND (at, organization, retention, stream, journal, number)"
                          + beyond
                          + "(?, ?, ?::smallint, ?::smallint, ?, ?)")
                  + " ORDER BY at"
                  + order
                  + ", organization"
                  + order
                  + ", retention"
                  + order
                  + ", stream"
                  + order
                  + ", journal"
                  + order
                  + ", number"
                  + order
                  + " LIMIT "
                  + CHUNK)) {
        int next = 1;
        statement.setLong(next++, query.fromMillis());
        statement.setLong(next++, query.toMillis());
        if (query.organization() != null) {
          statement.setString(next++, query.organization());
        }
        if (from != null) {
          statement.setLong(next++, from.atMillis);
          statement.setString(next++, from.organization);
          statement.setInt(next++, from.retention);
          statement.setInt(next++, from.stream);
          statement.setLong(next++, from.journal);
          statement.setLong(next, from.number);
        }
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
  }

  /// A page that may have what is looked for.
  private record Candidate(long atMillis, Chain chain, long number, byte[] keys) {
    Cursor cursor(int entries) {
      return new Cursor(
          atMillis,
          chain.organization(),
          chain.retention().code(),
          chain.stream().code(),
          chain.journal(),
          number,
          entries);
    }

    boolean isAt(Cursor cursor) {
      return cursor.equals(cursor(cursor.entries));
    }
  }

  /// A page as it is stored.
  ///
  /// @param hash as its row says
  public record StoredPage(Page page, byte[] hash, byte @Nullable [] signature) {}

  /// Where an export goes on: behind this page.
  public record ExportCursor(int retention, int stream, long journal, long number) {
    public String text() {
      return retention + "/" + stream + '/' + journal + '/' + number;
    }

    /// @throws IllegalArgumentException it is none
    public static ExportCursor of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 4) {
        throw new IllegalArgumentException("not a place in an export");
      }
      return new ExportCursor(
          Integer.parseInt(parts[0]),
          Integer.parseInt(parts[1]),
          Long.parseLong(parts[2]),
          Long.parseLong(parts[3]));
    }
  }

  /// Pages of an organization's trail since a moment, chain by chain; the checkpoints of each
  /// retention stand in front of its other pages.
  ///
  /// @return none at the end
  public List<StoredPage> export(
      String organization, long sinceMillis, @Nullable ExportCursor after) {
    return database.run(
        "export the audit trail",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT retention, stream, journal, number, at, previous_at, previous, hash, body, signature"
                      + " FROM audit_pages WHERE organization = ? AND at >= ?"
                      + " AND (retention, stream, journal, number)"
                      + " > (?::smallint, ?::smallint, ?, ?)"
                      + " ORDER BY retention, stream, journal, number LIMIT ?")) {
            query.setString(1, organization);
            query.setLong(2, sinceMillis);
            query.setInt(3, after == null ? -1 : after.retention);
            query.setInt(4, after == null ? 0 : after.stream);
            query.setLong(5, after == null ? 0 : after.journal);
            query.setLong(6, after == null ? 0 : after.number);
            query.setInt(7, EXPORT_PAGES);
            query.setFetchSize(16);
            List<StoredPage> pages = new ArrayList<>();
            long bytes = 0;
            try (ResultSet row = query.executeQuery()) {
              while (bytes < EXPORT_BYTES && row.next()) {
                StoredPage page = page(organization, row);
                bytes += page.page.body().length;
                pages.add(page);
              }
            }
            return pages;
          }
        });
  }

  private static StoredPage page(String organization, ResultSet row) throws SQLException {
    Chain chain =
        new Chain(
            organization,
            Retention.ofCode(row.getInt(1)),
            Chain.Stream.ofCode(row.getInt(2)),
            row.getLong(3));
    return new StoredPage(
        new Page(
            chain,
            row.getLong(4),
            row.getLong(5),
            row.getLong(6),
            row.getBytes(7),
            row.getBytes(9)),
        row.getBytes(8),
        row.getBytes(10));
  }
}
