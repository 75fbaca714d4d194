package dev.aegis.store;

import dev.aegis.store.StatisticsRow.Dimension;
import dev.aegis.store.StatisticsRow.Width;
import dev.aegis.store.statistics.Counts;
import dev.aegis.store.statistics.TallyCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads the statistics of messages. What it reads is as old as [StatisticsRollup] was last at
/// work. A call that takes too long ends as [StoreException.TooLong]. Thread-safe; blocks; throws
/// [StoreException].
public final class StatisticsStore {
  private static final String SUMS =
      "sum(sent), sum(sent_bytes), sum(received), sum(received_bytes), sum(redriven), sum(retries),"
          + " sum(failures), sum(processed), sum(failed), sum(expired), sum(dead)";
  private static final String NUMBERS =
      "sent, sent_bytes, received, received_bytes, redriven, retries, failures, processed, failed,"
          + " expired, dead";
  private static final String ALL_ORGANIZATIONS =
      "organization_id = ANY (ARRAY (SELECT id FROM organizations) || ''::varchar)";

  /// How long one call may take.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// So many histograms are in memory at a time.
  private static final int FETCHED = 1_000;

  private final Database database;
  private final Duration patience;

  public StatisticsStore(Database database) {
    this(database, PATIENCE);
  }

  /// @param patience how long one call may take
  StatisticsStore(Database database, Duration patience) {
    this.database = database;
    this.patience = patience;
  }

  /// What figures are of.
  public enum Group {
    ORGANIZATION(Dimension.ALL),
    TYPE(Dimension.TYPE),
    AGENT(Dimension.AGENT);

    private final Dimension dimension;

    Group(Dimension dimension) {
      this.dimension = dimension;
    }
  }

  /// What is ranked, by how many messages.
  public enum Top {
    SENDERS(Dimension.AGENT, "sent"),
    RECIPIENTS(Dimension.AGENT, "received"),
    PAIRS(Dimension.PAIR, "sent");

    private final Dimension dimension;
    private final String number;

    Top(Dimension dimension, String number) {
      this.dimension = dimension;
      this.number = number;
    }
  }

  /// Whole hours or days, UTC.
  ///
  /// @param fromHour since 1970; the first hour of a day where days are meant
  /// @param toHour behind the last one; likewise
  public record Range(int fromHour, int toHour, boolean days) {
    /// The smallest such range around two hours.
    public static Range around(int fromHour, int toHour, boolean days) {
      Width width = days ? Width.DAY : Width.HOUR;
      return new Range(width.start(fromHour), width.start(toHour + width.hours() - 1), days);
    }

    private Width width() {
      return days ? Width.DAY : Width.HOUR;
    }

    /// How many hours a period has.
    public int periodHours() {
      return width().hours();
    }

    /// How many periods there are.
    public int periods() {
      return (toHour - fromHour) / periodHours();
    }

    private Integer[] starts() {
      return IntStream.range(0, periods())
          .mapToObj(i -> fromHour + i * periodHours())
          .toArray(Integer[]::new);
    }
  }

  /// Some counts.
  ///
  /// @param startHour of the period, or of the whole range
  /// @param key a type, agent or sender; empty for all
  /// @param other the recipient of a pair; empty otherwise
  public record Figure(
      String organization, int startHour, String key, String other, Counts counts) {}

  /// Where a page of figures begins: behind this one.
  public record After(int startHour, String key, String organization) {}

  /// The counts of a whole range, by key.
  ///
  /// @param organization null for each of all
  /// @param key null for all
  /// @param after null for the first page
  public List<Figure> totals(
      @Nullable String organization,
      Group group,
      @Nullable String key,
      Range range,
      @Nullable After after,
      int limit) {
    String sql =
        "SELECT organization_id, "
            + range.fromHour
            + ", key, '', "
            + SUMS
            + " FROM statistics WHERE "
            + of(organization)
            + (key == null ? "" : " AND key = ?")
            + (after == null ? "" : " AND (key, organization_id) > (?, ?)")
            + " AND other = '' AND "
            + starts(key != null)
            + " GROUP BY organization_id, key ORDER BY key, organization_id LIMIT ?";
    return database.inTime(
        "read statistics",
        patience,
        (connection, limited) -> {
          List<Figure> figures;
          try (PreparedStatement query = prepare(connection, limited, sql)) {
            int at = bind(query, organization, group.dimension, range);
            if (key != null) {
              query.setString(at++, key);
            }
            if (after != null) {
              query.setString(at++, after.key);
              query.setString(at++, after.organization);
            }
            at = bindStarts(query, at, range, key != null);
            query.setInt(at, limit);
            figures = read(query, false);
          }
          addTimes(connection, limited, organization, group.dimension, range, figures);
          return figures;
        });
  }

  /// The counts of each period that has any, the oldest first, then by key.
  ///
  /// @param organization null for each of all
  /// @param key null for all
  /// @param after null for the first page
  public List<Figure> series(
      @Nullable String organization,
      Group group,
      @Nullable String key,
      Range range,
      @Nullable After after,
      int limit) {
    Range left =
        after == null
            ? range
            : new Range(Math.max(range.fromHour, after.startHour), range.toHour, range.days);
    String sql =
        "SELECT organization_id, start_hour, key, other, "
            + NUMBERS
            + ", times FROM statistics WHERE "
            + of(organization)
            + (key == null ? "" : " AND key = ?")
            + (after == null ? "" : " AND (start_hour, key, organization_id) > (?, ?, ?)")
            + " AND other = '' AND "
            + starts(key != null)
            + " ORDER BY start_hour, key, organization_id LIMIT ?";
    return database.inTime(
        "read statistics",
        patience,
        (connection, limited) -> {
          try (PreparedStatement query = prepare(connection, limited, sql)) {
            int at = bind(query, organization, group.dimension, range);
            if (key != null) {
              query.setString(at++, key);
            }
            if (after != null) {
              query.setInt(at++, after.startHour);
              query.setString(at++, after.key);
              query.setString(at++, after.organization);
            }
            at = bindStarts(query, at, left, key != null);
            query.setInt(at, limit);
            return read(query, true);
          }
        });
  }

  /// Who has most messages in a range, the busiest first.
  ///
  /// @param organization null for all
  public List<Figure> top(@Nullable String organization, Top what, Range range, int limit) {
    return database.inTime(
        "read statistics",
        patience,
        (connection, limited) -> {
          List<Key> ranked = ranked(connection, limited, organization, what, range, limit);
          Map<Key, Figure> figures = new HashMap<>();
          for (Figure figure : figures(connection, limited, organization, what, range, ranked)) {
            figures.put(Key.of(figure), figure);
          }
          List<Figure> top = ranked.stream().map(figures::get).filter(Objects::nonNull).toList();
          addTimes(connection, limited, organization, what.dimension, range, top);
          return top;
        });
  }

  /// Who they are, by one number.
  private static List<Key> ranked(
      Connection connection,
      TimeLimit limited,
      @Nullable String organization,
      Top what,
      Range range,
      int limit)
      throws SQLException {
    List<Key> ranked = new ArrayList<>();
    try (PreparedStatement query =
        prepare(
            connection,
            limited,
            "SELECT organization_id, key, other FROM statistics WHERE "
                + of(organization)
                + " AND "
                + starts(false)
                + " GROUP BY organization_id, key, other HAVING sum("
                + what.number
                + ") > 0 ORDER BY sum("
                + what.number
                + ") DESC, key, other, organization_id LIMIT ?")) {
      int at = bind(query, organization, what.dimension, range);
      at = bindStarts(query, at, range, false);
      query.setInt(at, limit);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          ranked.add(new Key(row.getString(1), row.getString(2), row.getString(3)));
        }
      }
    }
    return ranked;
  }

  /// All numbers of those few, and of others where pairs have an agent in common.
  private static List<Figure> figures(
      Connection connection,
      TimeLimit limited,
      @Nullable String organization,
      Top what,
      Range range,
      List<Key> keys)
      throws SQLException {
    try (PreparedStatement query =
        prepare(
            connection,
            limited,
            "SELECT organization_id, "
                + range.fromHour
                + ", key, other, "
                + SUMS
                + " FROM statistics WHERE "
                + of(organization)
                + " AND key = ANY (?) AND other = ANY (?) AND "
                + starts(false)
                + " GROUP BY organization_id, key, other")) {
      int at = bind(query, organization, what.dimension, range);
      query.setArray(
          at++, connection.createArrayOf("varchar", keys.stream().map(Key::key).toArray()));
      query.setArray(
          at++, connection.createArrayOf("varchar", keys.stream().map(Key::other).toArray()));
      bindStarts(query, at, range, false);
      return read(query, false);
    }
  }

  private static PreparedStatement prepare(Connection connection, TimeLimit limited, String sql)
      throws SQLException {
    limited.set(connection);
    return connection.prepareStatement(sql);
  }

  private static String of(@Nullable String organization) {
    return (organization == null ? ALL_ORGANIZATIONS : "organization_id = ?")
        + " AND dimension = ? AND width = ?";
  }

  private static int bind(
      PreparedStatement query, @Nullable String organization, Dimension dimension, Range range)
      throws SQLException {
    int at = 1;
    if (organization != null) {
      query.setString(at++, organization);
    }
    query.setInt(at++, dimension.code());
    query.setInt(at++, range.width().hours());
    return at;
  }

  /// For a single key each period is looked up; otherwise all between are read.
  private static String starts(boolean single) {
    return single ? "start_hour = ANY (?)" : "start_hour >= ? AND start_hour < ?";
  }

  private static int bindStarts(PreparedStatement query, int at, Range range, boolean single)
      throws SQLException {
    if (single) {
      query.setArray(at, query.getConnection().createArrayOf("integer", range.starts()));
      return at + 1;
    }
    query.setInt(at, range.fromHour);
    query.setInt(at + 1, range.toHour);
    return at + 2;
  }

  private static List<Figure> read(PreparedStatement query, boolean withTimes) throws SQLException {
    List<Figure> figures = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        long[] numbers = new long[Counts.NUMBERS];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = row.getLong(5 + i);
        }
        Counts counts = new Counts();
        counts.numbers(numbers);
        if (withTimes) {
          addTimes(row.getBytes(5 + Counts.NUMBERS), counts);
        }
        figures.add(
            new Figure(
                row.getString(1), row.getInt(2), row.getString(3), row.getString(4), counts));
      }
    }
    return figures;
  }

  private record Key(String organization, String key, String other) {
    static Key of(Figure figure) {
      return new Key(figure.organization, figure.key, figure.other);
    }
  }

  private static void addTimes(
      Connection connection,
      TimeLimit limited,
      @Nullable String organization,
      Dimension dimension,
      Range range,
      List<Figure> figures)
      throws SQLException {
    if (figures.isEmpty() || dimension == Dimension.PAIR) {
      return;
    }
    Map<Key, Counts> counts = new HashMap<>();
    figures.forEach(figure -> counts.put(Key.of(figure), figure.counts));
    boolean single = figures.size() == 1;
    try (PreparedStatement query =
        prepare(
            connection,
            limited,
            "SELECT organization_id, key, times FROM statistics WHERE "
                + of(organization)
                + " AND key = ANY (?) AND other = '' AND times IS NOT NULL AND "
                + starts(single))) {
      int at = bind(query, organization, dimension, range);
      query.setArray(
          at++, connection.createArrayOf("varchar", figures.stream().map(Figure::key).toArray()));
      bindStarts(query, at, range, single);
      query.setFetchSize(FETCHED);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          limited.check();
          Counts known = counts.get(new Key(row.getString(1), row.getString(2), ""));
          if (known != null) {
            addTimes(row.getBytes(3), known);
          }
        }
      }
    }
  }

  private static void addTimes(byte @Nullable [] times, Counts into) {
    if (times != null) {
      TallyCodec.decode(times, into.times);
    }
  }
}
