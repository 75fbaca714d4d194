package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the audit trail: entries that are looked for, and whole chains for an export. What one
/// call does is bounded, and where it comes to a bound it says where to go on. Thread-safe; blocks;
/// throws [StoreException].
public final class TrailReader {
  private static final int EXPORT_PAGES = 256;
  private static final long EXPORT_BYTES = 4L << 20;
  private static final int EXPORT_FETCHED = 8;
  static final String EXPORT =
      "SELECT retention, stream, journal, number, at, previous_at, previous, hash, body, signature"
          + " FROM audit_pages WHERE retention = ? AND organization = ?"
          + " AND (stream, journal, number) > (?::smallint, ?, ?) AND at >= ?"
          + " ORDER BY stream, journal, number LIMIT ?";

  /// In front of all pages of a retention.
  private static final ExportCursor START = new ExportCursor(-1, -1, 0, 0);

  /// As cursors go through them.
  private static final List<Retention> IN_ORDER =
      Arrays.stream(Retention.values()).sorted(Comparator.comparingInt(Retention::code)).toList();

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
        "search the audit trail",
        connection -> new TrailSearch(connection, query, limit).from(after));
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
  /// retention stand in front of its other pages. Ends when it has so many pages, or so many bytes.
  ///
  /// @return none at the end
  public List<StoredPage> export(
      String organization, long sinceMillis, @Nullable ExportCursor after) {
    return database.inTransaction( // without one, the driver would read all pages at once
        "export the audit trail",
        connection -> {
          Export export = new Export(connection, organization, sinceMillis);
          for (Retention retention : IN_ORDER) {
            if (after == null || after.retention < retention.code()) {
              export.read(retention, START);
            } else if (after.retention == retention.code()) {
              export.read(retention, after);
            }
          }
          return export.pages;
        });
  }

  private static final class Export {
    private final Connection connection;
    private final String organization;
    private final long sinceMillis;
    private final List<StoredPage> pages = new ArrayList<>();
    private long bytes;

    Export(Connection connection, String organization, long sinceMillis) {
      this.connection = connection;
      this.organization = organization;
      this.sinceMillis = sinceMillis;
    }

    /// Pages of one retention, which the key begins with: what is in front of the cursor is not
    /// read again.
    void read(Retention retention, ExportCursor after) throws SQLException {
      if (isFull()) {
        return;
      }
      try (PreparedStatement query = connection.prepareStatement(EXPORT)) {
        query.setInt(1, retention.code());
        query.setString(2, organization);
        query.setInt(3, after.stream);
        query.setLong(4, after.journal);
        query.setLong(5, after.number);
        query.setLong(6, sinceMillis);
        query.setInt(7, EXPORT_PAGES - pages.size());
        query.setFetchSize(EXPORT_FETCHED);
        try (ResultSet row = query.executeQuery()) {
          while (!isFull() && row.next()) {
            StoredPage page = page(organization, row);
            bytes += page.page.body().length;
            pages.add(page);
          }
        }
      }
    }

    private boolean isFull() {
      return pages.size() >= EXPORT_PAGES || bytes >= EXPORT_BYTES;
    }
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
