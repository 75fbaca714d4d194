package dev.aegis.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The `agent_connections` table: one row per agent, its newest connection. Thread-safe; blocks;
/// throws [StoreException]. Meant for batches: callers collect and write now and then.
public final class ConnectionStore {
  private final Database database;

  public ConnectionStore(Database database) {
    this.database = database;
  }

  /// Writes these connections, opened, seen or closed, in one statement's round trip. Of the
  /// connections of an agent to this gateway, one that is older than the newest changes nothing.
  /// Against those of other gateways, whose clocks may differ, the last one that opens stands:
  /// their ends are told by them.
  ///
  /// @return which of them changed something
  public boolean[] write(List<AgentConnection> connections) {
    boolean[] changed = new boolean[connections.size()];
    if (connections.isEmpty()) {
      return changed;
    }
    return database.inTransaction(
        "write connections",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO agent_connections AS c (id, agent_id, public_key, session_token,"
                      + " connected_at, last_seen, is_active, journal) VALUES (?, ?, ?, ?,"
                      + " to_timestamp(? / 1000.0), to_timestamp(? / 1000.0), ?, ?)"
                      + " ON CONFLICT (agent_id) DO UPDATE SET id = excluded.id,"
                      + " public_key = excluded.public_key,"
                      + " session_token = excluded.session_token,"
                      + " connected_at = excluded.connected_at, last_seen = excluded.last_seen,"
                      + " is_active = excluded.is_active, journal = excluded.journal,"
                      + " lost_at = NULL"
                      + " WHERE CASE WHEN c.journal <> excluded.journal THEN excluded.is_active"
                      + " ELSE c.id = excluded.id OR c.connected_at <= excluded.connected_at END")) {
            for (AgentConnection row : connections) {
              statement.setObject(1, row.id());
              statement.setString(2, row.agentId());
              statement.setBytes(3, row.publicKey());
              statement.setBytes(4, row.sessionToken());
              statement.setLong(5, row.connectedAtMillis());
              statement.setLong(6, row.lastSeenMillis());
              statement.setBoolean(7, row.active());
              statement.setLong(8, database.journal().value());
              statement.addBatch();
            }
            int[] counts = statement.executeBatch();
            for (int i = 0; i < changed.length; i++) {
              changed[i] = counts[i] == 1;
            }
            return changed;
          }
        });
  }

  /// Marks those as closed whose gateway is gone: a gateway that starts has none yet, and other
  /// nodes of its cluster note their own.
  public void closeLost() {
    database.run(
        "close connections",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE agent_connections c SET is_active = false, lost_at = now()"
                      + " WHERE is_active"
                      + " AND NOT EXISTS (SELECT FROM journals j WHERE j.id = c.journal"
                      + " AND j.id <> ?)")) {
            statement.setLong(1, database.journal().value());
            return statement.executeUpdate();
          }
        });
  }

  /// The agent's newest connection.
  public Optional<AgentConnection> find(String agentId) {
    return select("WHERE agent_id = ?", query -> query.setString(1, agentId)).stream().findFirst();
  }

  /// Those of these agents that are connected to other nodes of the cluster, which live.
  public List<AgentConnection> activeElsewhere(Collection<String> agentIds) {
    return select(
        "WHERE agent_id = ANY (?) AND is_active AND EXISTS (SELECT FROM journals j"
            + " WHERE j.id = c.journal AND j.id <> ? AND j.state = 'open')",
        query -> {
          query.setArray(1, query.getConnection().createArrayOf("varchar", agentIds.toArray()));
          query.setLong(2, database.journal().value());
        });
  }

  private interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }

  private List<AgentConnection> select(String where, Binder binder) {
    return database.run(
        "find connections",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT id, agent_id, public_key, session_token,"
                      + " (extract(epoch FROM connected_at) * 1000)::bigint,"
                      + " (extract(epoch FROM last_seen) * 1000)::bigint, is_active"
                      + " FROM agent_connections c "
                      + where)) {
            binder.bind(query);
            List<AgentConnection> found = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                found.add(
                    new AgentConnection(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getBytes(3),
                        row.getBytes(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getBoolean(7)));
              }
            }
            return found;
          }
        });
  }
}
