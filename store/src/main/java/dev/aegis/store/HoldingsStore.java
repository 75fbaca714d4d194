package dev.aegis.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Counts what the rows hold, in one pass over the index of open messages. Thread-safe; blocks;
/// throws [StoreException], also where the database takes too long to count.
public final class HoldingsStore {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String OPEN =
      "WITH classes AS MATERIALIZED (SELECT agent_id, priority, count(*) AS open"
          + " FROM message_queue WHERE status IN ('pending', 'delivered')"
          + " GROUP BY agent_id, priority),"
          + " mailboxes AS MATERIALIZED (SELECT agent_id, sum(open) AS open FROM classes"
          + " GROUP BY agent_id)"
          + " SELECT 'class', priority::text, sum(open)::bigint FROM classes GROUP BY priority"
          + " UNION ALL SELECT 'from', (step.place - 1)::text, count(m.agent_id)"
          + " FROM unnest(?) WITH ORDINALITY AS step (least, place)"
          + " LEFT JOIN mailboxes m ON m.open >= step.least GROUP BY step.place"
          + " UNION ALL (SELECT 'deepest', agent_id, open::bigint FROM mailboxes"
          + " ORDER BY open DESC, agent_id LIMIT ?)";

  private static final String REST =
      "SELECT (SELECT count(*) FROM message_queue WHERE status = 'dead' AND redriven_at IS NULL),"
          + " pg_total_relation_size('journal'), pg_database_size(current_database())";

  private final Database database;

  public HoldingsStore(Database database) {
    this.database = database;
  }

  public Holdings count() {
    return database.inTime("count what is stored", PATIENCE, HoldingsStore::count);
  }

  private static Holdings count(Connection connection, TimeLimit limit) throws SQLException {
    List<Long> classes = zeros(JournalSettings.CLASSES);
    List<Long> from = zeros(Holdings.STEPS.size());
    List<Holdings.Depth> deepest = new ArrayList<>();
    Array steps = connection.createArrayOf("int8", Holdings.STEPS.toArray());
    limit.set(connection);
    try (PreparedStatement query = connection.prepareStatement(OPEN)) {
      query.setArray(1, steps);
      query.setInt(2, Holdings.DEEPEST);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          String name = row.getString(2);
          long count = row.getLong(3);
          switch (row.getString(1)) {
            case "class" -> classes.set(Integer.parseInt(name), count);
            case "from" -> from.set(Integer.parseInt(name), count);
            default -> deepest.add(new Holdings.Depth(name, count));
          }
        }
      }
    }
    limit.set(connection);
    try (PreparedStatement query = connection.prepareStatement(REST);
        ResultSet row = query.executeQuery()) {
      row.next();
      return new Holdings(classes, from, deepest, row.getLong(1), row.getLong(2), row.getLong(3));
    }
  }

  private static List<Long> zeros(int count) {
    return new ArrayList<>(Collections.nCopies(count, 0L));
  }
}
