package dev.aegis.store;

import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The heartbeats of agents, written many at once. Thread-safe; blocks; throws [StoreException].
public final class HeartbeatStore {
  private final Database database;

  /// An agent whose state is another one than was told last.
  public record Turn(String agentId, String organization, LiveState state) {}

  public HeartbeatStore(Database database) {
    this.database = database;
  }

  /// Writes heartbeats; an older one than is known, and one of an agent that is gone, changes
  /// nothing.
  ///
  /// @param beats Unix milliseconds by agent
  /// @return those that were not healthy before
  public List<Turn> write(Map<String, Long> beats) {
    if (beats.isEmpty()) {
      return List.of();
    }
    List<Map.Entry<String, Long>> sorted =
        beats.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList(); // no deadlocks
    return database.inTransaction(
        "write heartbeats",
        connection -> {
          Array agents =
              connection.createArrayOf("varchar", sorted.stream().map(Map.Entry::getKey).toArray());
          Array times =
              connection.createArrayOf("int8", sorted.stream().map(Map.Entry::getValue).toArray());
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "WITH beats AS (SELECT a.agent_id, a.organization_id,"
                      + " to_timestamp(b.at / 1000.0) AS at FROM unnest(?, ?) AS b (agent_id, at)"
                      + " JOIN agents a ON a.agent_id = b.agent_id AND a.revoked_at IS NULL),"
                      + " before AS (SELECT h.agent_id, h.state FROM agent_heartbeats h"
                      + " JOIN beats b ON b.agent_id = h.agent_id),"
                      + " written AS (INSERT INTO agent_heartbeats AS h (agent_id, beat_at, state)"
                      + " SELECT agent_id, at, 'healthy' FROM beats ORDER BY agent_id"
                      + " ON CONFLICT (agent_id) DO UPDATE SET beat_at = excluded.beat_at,"
                      + " state = 'healthy' WHERE h.beat_at < excluded.beat_at"
                      + " RETURNING h.agent_id)"
                      + " SELECT b.agent_id, b.organization_id, 'healthy' FROM written w"
                      + " JOIN beats b ON b.agent_id = w.agent_id LEFT JOIN before f"
                      + " ON f.agent_id = w.agent_id WHERE f.state IS DISTINCT FROM 'healthy'")) {
            statement.setArray(1, agents);
            statement.setArray(2, times);
            return turns(statement);
          }
        });
  }

  /// Finds agents that have said nothing for a while, each once, whichever node looks. Those that
  /// are connected are not among them.
  public List<Turn> fade(LiveTimes times) {
    return database.run(
        "look for missing heartbeats",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE agent_heartbeats h SET state = CASE"
                      + " WHEN h.beat_at >= to_timestamp(? / 1000.0) OR h.beat_at BETWEEN"
                      + " to_timestamp(? / 1000.0) AND to_timestamp(? / 1000.0) THEN 'suspect'"
                      + " ELSE 'offline' END FROM agents a WHERE a.agent_id = h.agent_id"
                      + " AND h.state <> 'offline' AND a.revoked_at IS NULL"
                      + " AND h.beat_at < to_timestamp(? / 1000.0)"
                      + " AND (h.state = 'healthy' OR (h.beat_at < to_timestamp(? / 1000.0)"
                      + " AND h.beat_at NOT BETWEEN to_timestamp(? / 1000.0)"
                      + " AND to_timestamp(? / 1000.0)))"
                      + " AND NOT EXISTS (SELECT FROM agent_connections c JOIN journals j"
                      + " ON j.id = c.journal WHERE c.agent_id = h.agent_id AND c.is_active)"
                      + " RETURNING h.agent_id, a.organization_id, h.state")) {
            statement.setLong(1, times.suspectSince());
            statement.setLong(2, times.graceFrom());
            statement.setLong(3, times.graceUntil());
            statement.setLong(4, times.healthySince());
            statement.setLong(5, times.suspectSince());
            statement.setLong(6, times.graceFrom());
            statement.setLong(7, times.graceUntil());
            return turns(statement);
          }
        });
  }

  /// The newest sign of life of any agent, as Unix milliseconds; 0 for none.
  public long newest() {
    return database.run(
        "find the newest heartbeat",
        connection -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT (extract(epoch FROM max(beat_at)) * 1000)::bigint"
                          + " FROM agent_heartbeats");
              ResultSet row = query.executeQuery()) {
            return row.next() ? row.getLong(1) : 0L;
          }
        });
  }

  private static List<Turn> turns(PreparedStatement statement) throws SQLException {
    List<Turn> turns = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        turns.add(
            new Turn(
                row.getString(1),
                row.getString(2),
                LiveState.fromText(row.getString(3)).orElseThrow()));
      }
    }
    return turns;
  }
}
