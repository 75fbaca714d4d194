package dev.aegis.store;

import dev.aegis.store.statistics.Counts;
import dev.aegis.store.statistics.Tally;
import dev.aegis.store.statistics.TallyCodec;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// Adds up what [Counting] left: takes some of its rows and adds them to `statistics` in one
/// transaction, so that each counts once, whoever is killed at which moment. One node at a time
/// does it; the others find the lock taken. Also drops what is too old. Blocks; thread-safe.
public final class StatisticsRollup {
  private static final long LOCK = 0x61656769_73746174L;
  private static final int BATCHES = 256;
  private static final long BATCH_BYTES = 4L << 20;
  private static final int ROWS_A_STATEMENT = 1_000;
  private static final int PURGED_AT_ONCE = 10_000;

  private static final String KEY = "organization_id, dimension, width, start_hour, key, other";
  private static final List<String> NUMBERS =
      List.of(
          "sent",
          "sent_bytes",
          "received",
          "received_bytes",
          "redriven",
          "retries",
          "failures",
          "processed",
          "failed",
          "expired",
          "dead");

  private final Database database;
  private final Duration keepHours;
  private final Duration keepDays;
  private final InstantSource clock;

  /// @param keepHours how long counts by hour are kept
  /// @param keepDays how long counts by day are kept
  public StatisticsRollup(
      Database database, Duration keepHours, Duration keepDays, InstantSource clock) {
    this.database = database;
    this.keepHours = keepHours;
    this.keepDays = keepDays;
    this.clock = clock;
  }

  /// Adds up everything that is there; returns early where another node does.
  public void foldAll() {
    while (fold()) {
      // Some more of it.
    }
  }

  /// Adds up some.
  ///
  /// @return whether there was any
  boolean fold() {
    return database.inTransaction(
        "add up statistics",
        connection -> {
          if (!lock(connection)) {
            return false;
          }
          List<Tally> taken = take(connection);
          if (taken.isEmpty()) {
            return false;
          }
          add(connection, taken);
          return true;
        });
  }

  /// What it protects is speed: two at once would wait for each other's rows.
  private static boolean lock(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT pg_try_advisory_xact_lock(?)")) {
      query.setLong(1, LOCK);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static List<Tally> take(Connection connection) throws SQLException {
    List<Tally> taken = new ArrayList<>();
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM statistics_batches WHERE id IN (SELECT id FROM (SELECT id,"
                + " sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before"
                + " FROM (SELECT id, body FROM statistics_batches ORDER BY id LIMIT ?) first)"
                + " sized WHERE before < ?) RETURNING body")) {
      delete.setInt(1, BATCHES);
      delete.setLong(2, BATCH_BYTES);
      try (ResultSet row = delete.executeQuery()) {
        while (row.next()) {
          taken.add(decoded(row.getBytes(1)));
        }
      }
    }
    return taken;
  }

  private static Tally decoded(byte[] body) {
    try {
      return TallyCodec.decode(body);
    } catch (IllegalArgumentException e) {
      throw new StoreException.Rejected(
          "statistics wait that this version does not know; a newer node adds them up", e);
    }
  }

  private static void add(Connection connection, List<Tally> tallies) throws SQLException {
    Set<String> recipients = new HashSet<>();
    tallies.forEach(
        tally -> tally.flows().keySet().forEach(flow -> recipients.add(flow.recipient())));
    Map<String, String> organizations = organizations(connection, recipients);
    SortedMap<StatisticsRow, Counts> rows = new TreeMap<>();
    for (Tally tally : tallies) {
      StatisticsRow.of(tally, organizations)
          .forEach((row, counts) -> rows.computeIfAbsent(row, _ -> new Counts()).add(counts));
    }
    List<Map.Entry<StatisticsRow, Counts>> all = List.copyOf(rows.entrySet());
    for (int from = 0; from < all.size(); from += ROWS_A_STATEMENT) {
      List<Map.Entry<StatisticsRow, Counts>> some =
          all.subList(from, Math.min(all.size(), from + ROWS_A_STATEMENT));
      addKnown(connection, some);
      write(connection, some);
    }
  }

  private static Map<String, String> organizations(Connection connection, Set<String> agents)
      throws SQLException {
    Map<String, String> organizations = new HashMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, organization_id FROM agents WHERE agent_id = ANY (?)")) {
      query.setArray(1, connection.createArrayOf("varchar", agents.toArray()));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          organizations.put(row.getString(1), row.getString(2));
        }
      }
    }
    return organizations;
  }

  /// Adds the histograms that the rows have already; the numbers are added by the database.
  private static void addKnown(Connection connection, List<Map.Entry<StatisticsRow, Counts>> rows)
      throws SQLException {
    Map<StatisticsRow, Counts> byKey = new HashMap<>();
    rows.forEach(row -> byKey.put(row.getKey(), row.getValue()));
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT s.organization_id, s.dimension, s.width, s.start_hour, s.key, s.other, s.times"
                + " FROM statistics s JOIN unnest(?::varchar[], ?::smallint[], ?::smallint[],"
                + " ?::integer[], ?::varchar[], ?::varchar[]) AS u ("
                + KEY
                + ") USING ("
                + KEY
                + ") WHERE s.times IS NOT NULL")) {
      bindKeys(query, rows);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          Counts counts =
              byKey.get(
                  new StatisticsRow(
                      row.getString(1),
                      StatisticsRow.Dimension.ofCode(row.getInt(2)),
                      row.getInt(3) == StatisticsRow.Width.DAY.hours()
                          ? StatisticsRow.Width.DAY
                          : StatisticsRow.Width.HOUR,
                      row.getInt(4),
                      row.getString(5),
                      row.getString(6)));
          if (counts != null) {
            TallyCodec.decode(row.getBytes(7), counts.times);
          }
        }
      }
    }
  }

  private static void write(Connection connection, List<Map.Entry<StatisticsRow, Counts>> rows)
      throws SQLException {
    StringBuilder sql =
        new StringBuilder("INSERT INTO statistics AS s (" + KEY + ", ")
            .append(String.join(", ", NUMBERS))
            .append(", times) SELECT * FROM unnest(?::varchar[], ?::smallint[], ?::smallint[],")
            .append(" ?::integer[], ?::varchar[], ?::varchar[], ")
            .append("?::bigint[], ".repeat(NUMBERS.size()))
            .append("?::bytea[]) ON CONFLICT (" + KEY + ") DO UPDATE SET ");
    NUMBERS.forEach(
        number -> sql.append(number + " = s." + number + " + excluded." + number + ", "));
    sql.append("times = excluded.times");
    try (PreparedStatement insert = connection.prepareStatement(sql.toString())) {
      int at = bindKeys(insert, rows);
      for (int i = 0; i < NUMBERS.size(); i++) {
        int number = i;
        insert.setArray(
            at++, array(connection, "bigint", rows, row -> row.getValue().numbers()[number]));
      }
      insert.setArray(
          at,
          connection.createArrayOf(
              "bytea",
              rows.stream()
                  .map(row -> row.getValue().times)
                  .map(times -> times.isEmpty() ? null : TallyCodec.encode(times))
                  .toArray(byte[][]::new)));
      insert.executeUpdate();
    }
  }

  private static int bindKeys(
      PreparedStatement statement, List<Map.Entry<StatisticsRow, Counts>> rows)
      throws SQLException {
    Connection connection = statement.getConnection();
    int at = 1;
    statement.setArray(
        at++, array(connection, "varchar", rows, row -> row.getKey().organization()));
    statement.setArray(
        at++, array(connection, "smallint", rows, row -> row.getKey().dimension().code()));
    statement.setArray(
        at++, array(connection, "smallint", rows, row -> row.getKey().width().hours()));
    statement.setArray(at++, array(connection, "integer", rows, row -> row.getKey().startHour()));
    statement.setArray(at++, array(connection, "varchar", rows, row -> row.getKey().key()));
    statement.setArray(at++, array(connection, "varchar", rows, row -> row.getKey().other()));
    return at;
  }

  private static Array array(
      Connection connection,
      String type,
      List<Map.Entry<StatisticsRow, Counts>> rows,
      Function<Map.Entry<StatisticsRow, Counts>, Object> value)
      throws SQLException {
    return connection.createArrayOf(type, rows.stream().map(value).toArray());
  }

  /// Drops counts that are older than they are kept.
  public void purge() {
    purge(StatisticsRow.Width.HOUR, keepHours);
    purge(StatisticsRow.Width.DAY, keepDays);
  }

  private void purge(StatisticsRow.Width width, Duration keep) {
    int oldest = width.start(Tally.hourOf(clock.millis() - keep.toMillis()));
    int deleted = PURGED_AT_ONCE;
    while (deleted == PURGED_AT_ONCE) {
      deleted = database.run("drop old statistics", connection -> purge(connection, width, oldest));
    }
  }

  private static int purge(Connection connection, StatisticsRow.Width width, int oldest)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM statistics WHERE ctid = ANY (ARRAY (SELECT ctid FROM statistics"
                + " WHERE organization_id = ANY (ARRAY (SELECT id FROM organizations) || ''::varchar)"
                + " AND dimension = ANY (?) AND width = ? AND start_hour < ? LIMIT ?))")) {
      delete.setArray(
          1,
          connection.createArrayOf(
              "smallint",
              Arrays.stream(StatisticsRow.Dimension.values())
                  .map(StatisticsRow.Dimension::code)
                  .toArray()));
      delete.setInt(2, width.hours());
      delete.setInt(3, oldest);
      delete.setInt(4, PURGED_AT_ONCE);
      return delete.executeUpdate();
    }
  }
}
