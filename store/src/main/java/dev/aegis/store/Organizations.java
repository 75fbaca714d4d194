package dev.aegis.store;

import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Which organization an agent is of, which never changes, and how long that keeps things, which is
/// read anew now and then. Confined to one thread.
final class Organizations {
  private static final int MAX_AGENTS = 65_536;
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Retention fallback;
  private final SequencedMap<String, String> agents = new LinkedHashMap<>();
  private Map<String, Retention> retentions = Map.of();
  private long readAtNanos;
  private boolean read;

  Organizations(Retention fallback) {
    this.fallback = fallback;
  }

  /// Looks up those that are not known.
  void load(Connection connection, Iterable<String> needed) throws SQLException {
    Map<String, String> unknown = new HashMap<>();
    for (String agent : needed) {
      if (!agents.containsKey(agent)) {
        unknown.put(agent, PoolName.isOne(agent) ? PoolName.organization(agent) : Chain.GATEWAY);
      }
    }
    if (!unknown.isEmpty()) {
      try (PreparedStatement query =
          connection.prepareStatement(
              "SELECT agent_id, organization_id FROM agents WHERE agent_id = ANY (?)")) {
        query.setArray(1, connection.createArrayOf("varchar", unknown.keySet().toArray()));
        try (ResultSet row = query.executeQuery()) {
          while (row.next()) {
            unknown.put(row.getString(1), row.getString(2));
          }
        }
      }
      agents.putAll(unknown);
    }
    if (!read || System.nanoTime() - readAtNanos >= FRESH_NANOS) {
      retentions = retentions(connection);
      readAtNanos = System.nanoTime();
      read = true;
    }
  }

  /// Forgets the agents that were seen first, where there are too many.
  void trim() {
    while (agents.size() > MAX_AGENTS) {
      agents.pollFirstEntry();
    }
  }

  /// Of an agent that was loaded; [Chain#GATEWAY] for who is none.
  String of(String agent) {
    return agents.getOrDefault(agent, Chain.GATEWAY);
  }

  Retention retention(String organization) {
    return retentions.getOrDefault(organization, fallback);
  }

  private static Map<String, Retention> retentions(Connection connection) throws SQLException {
    Map<String, Retention> found = new HashMap<>();
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT id, retention FROM organizations WHERE retention IS NOT NULL");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        found.put(row.getString(1), Retention.ofCode(row.getInt(2)));
      }
    }
    return found;
  }

  /// The organization that a thing belongs to, by whom it is about: that of the first agent among
  /// them.
  String ofFirst(List<@Nullable String> names) {
    for (String name : names) {
      if (name != null && !of(name).equals(Chain.GATEWAY)) {
        return of(name);
      }
    }
    return Chain.GATEWAY;
  }
}
