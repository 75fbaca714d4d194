package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The registry of agents: what they say of themselves, whether they are there, and how to find
/// them. Revoked agents are not in it. Thread-safe; blocks; throws [StoreException].
public final class RegistryStore {
  private static final String UNIQUE_VIOLATION = "23505";
  private static final Duration COUNTING = Duration.ofSeconds(10);

  /// At this node or another one that lives.
  static final String CONNECTED =
      "(coalesce(c.is_active, false) AND EXISTS (SELECT FROM journals j WHERE j.id = c.journal))";

  /// Takes [LiveTimes] as five parameters.
  static final String STATE =
      "CASE WHEN "
          + CONNECTED
          + " OR h.beat_at >= to_timestamp(? / 1000.0) THEN 'healthy'"
          + " WHEN greatest(h.beat_at, c.last_seen) >= to_timestamp(? / 1000.0)"
          + " OR c.lost_at >= to_timestamp(? / 1000.0) OR h.beat_at BETWEEN"
          + " to_timestamp(? / 1000.0) AND to_timestamp(? / 1000.0)"
          + " THEN 'suspect' ELSE 'offline' END";

  /// Agents with what [#STATE] and [#CONNECTED] are told from.
  static final String FROM =
      " FROM agents a LEFT JOIN agent_heartbeats h ON h.agent_id = a.agent_id"
          + " LEFT JOIN agent_connections c ON c.agent_id = a.agent_id";

  private static final String SELECT =
      "SELECT * FROM (SELECT a.agent_id, a.organization_id, coalesce(a.name, a.agent_id) AS name,"
          + " a.type, a.endpoint, a.capabilities, a.status, a.public_key, "
          + STATE
          + " AS state, "
          + CONNECTED
          + " AS connected, (extract(epoch FROM h.beat_at) * 1000)::bigint AS beat_at,"
          + " (extract(epoch FROM a.created_at) * 1000)::bigint AS created_at,"
          + " (extract(epoch FROM a.updated_at) * 1000)::bigint AS updated_at, a.version"
          + FROM
          + " WHERE a.revoked_at IS NULL";

  private final Database database;
  private final InstantSource clock;

  public RegistryStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// Adds an agent.
  ///
  /// @param key its Ed25519 key, or null: it uses REST only
  public RegistryChange register(
      String id,
      String organization,
      RegisteredAgent.Details details,
      byte @Nullable [] key,
      LiveTimes times) {
    return database.run(
        "register an agent",
        connection -> {
          boolean added;
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO agents (agent_id, organization_id, public_key, created_at,"
                      + " updated_at, name, type, endpoint, capabilities, status) VALUES (?, ?, ?,"
                      + " to_timestamp(? / 1000.0), to_timestamp(? / 1000.0), ?, ?, ?, ?::jsonb, ?)"
                      + " ON CONFLICT DO NOTHING")) {
            statement.setString(1, id);
            statement.setString(2, organization);
            statement.setBytes(3, key);
            statement.setLong(4, clock.millis());
            statement.setLong(5, clock.millis());
            set(statement, 6, details);
            added = statement.executeUpdate() == 1;
          }
          if (added) {
            return done(connection, id, times);
          }
          return exists(connection, id)
              ? new RegistryChange.IdTaken()
              : new RegistryChange.NameTaken();
        });
  }

  private static boolean exists(Connection connection, String id) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT FROM agents WHERE agent_id = ?")) {
      query.setString(1, id);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  /// Changes what an agent says of itself, if it still has that version.
  public RegistryChange update(
      String id, long version, RegisteredAgent.Details details, LiveTimes times) {
    return change(
        id,
        version,
        "name = ?, type = ?, endpoint = ?, capabilities = ?::jsonb, status = ?",
        statement -> set(statement, 1, details),
        times);
  }

  /// Gives an agent another key, if it still has that version.
  public RegistryChange rotateKey(String id, long version, byte[] key, LiveTimes times) {
    return change(
        id,
        version,
        "public_key = ?",
        statement -> {
          statement.setBytes(1, key);
          return 2;
        },
        times);
  }

  /// Sets parameters and says which comes next.
  private interface Parameters {
    int set(PreparedStatement statement) throws SQLException;
  }

  private RegistryChange change(
      String id, long version, String what, Parameters parameters, LiveTimes times) {
    return database.run(
        "change an agent",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE agents SET "
                      + what
                      + ", updated_at = to_timestamp(? / 1000.0), version = version + 1"
                      + " WHERE agent_id = ? AND version = ? AND revoked_at IS NULL")) {
            int next = parameters.set(statement);
            statement.setLong(next, clock.millis());
            statement.setString(next + 1, id);
            statement.setLong(next + 2, version);
            if (statement.executeUpdate() == 0) {
              return new RegistryChange.Stale();
            }
          } catch (SQLException e) {
            if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
              return new RegistryChange.NameTaken();
            }
            throw e;
          }
          return done(connection, id, times);
        });
  }

  private static int set(PreparedStatement statement, int first, RegisteredAgent.Details details)
      throws SQLException {
    statement.setString(first, details.name());
    statement.setString(first + 1, details.type());
    statement.setString(first + 2, details.endpoint());
    statement.setString(first + 3, details.capabilities());
    statement.setString(first + 4, details.status().text());
    return first + 5;
  }

  private static RegistryChange done(Connection connection, String id, LiveTimes times)
      throws SQLException {
    return find(connection, id, times)
        .<RegistryChange>map(RegistryChange.Done::new)
        .orElseGet(RegistryChange.Stale::new);
  }

  public Optional<RegisteredAgent> find(String id, LiveTimes times) {
    return database.run("find an agent", connection -> find(connection, id, times));
  }

  private static Optional<RegisteredAgent> find(Connection connection, String id, LiveTimes times)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(SELECT + " AND a.agent_id = ?) AS one")) {
      query.setString(set(query, times), id);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? Optional.of(agent(row)) : Optional.empty();
      }
    }
  }

  /// Agents by id, behind `afterId`.
  public List<RegisteredAgent> list(
      RegistryFilter filter, LiveTimes times, String afterId, int limit) {
    return database.run(
        "list agents",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  SELECT
                      + " AND a.agent_id > ? AND (?::varchar IS NULL OR a.organization_id = ?)"
                      + " AND (?::varchar IS NULL OR a.status = ?)"
                      + " AND (?::varchar IS NULL OR a.type = ?)"
                      + " AND (?::jsonb IS NULL OR a.capabilities @> ?::jsonb)"
                      + " AND (?::varchar IS NULL OR starts_with(coalesce(a.name, a.agent_id), ?))"
                      + ") AS listed WHERE (?::varchar IS NULL OR state = ?)"
                      + " ORDER BY agent_id LIMIT ?")) {
            int next = set(query, times);
            query.setString(next++, afterId);
            AgentStatus status = filter.status();
            LiveState state = filter.state();
            for (String value :
                new String @Nullable [] {
                  filter.organization(),
                  status == null ? null : status.text(),
                  filter.type(),
                  wanted(filter.capabilities()),
                  filter.namePrefix(),
                  state == null ? null : state.text()
                }) {
              query.setString(next++, value);
              query.setString(next++, value);
            }
            query.setInt(next, limit);
            List<RegisteredAgent> agents = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                agents.add(agent(row));
              }
            }
            return agents;
          }
        });
  }

  /// How many agents there are by what they are ready for and whether they are there; without those
  /// of which there are none.
  public List<AgentCount> count(LiveTimes times) {
    return database.inTime(
        "count agents",
        COUNTING,
        (connection, limit) -> {
          limit.set(connection);
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT status, state, count(*) FROM ("
                      + SELECT
                      + ") AS one) AS counted GROUP BY status, state")) {
            set(query, times);
            List<AgentCount> counts = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                counts.add(
                    new AgentCount(
                        AgentStatus.fromText(row.getString(1)).orElseThrow(),
                        LiveState.fromText(row.getString(2)).orElseThrow(),
                        row.getLong(3)));
              }
            }
            return counts;
          }
        });
  }

  /// What the capabilities must contain. A name has no characters that JSON escapes.
  private static @Nullable String wanted(List<String> names) {
    return names.isEmpty()
        ? null
        : names.stream()
            .map(name -> "{\"name\":\"" + name + "\"}")
            .collect(Collectors.joining(",", "[", "]"));
  }

  static int set(PreparedStatement statement, LiveTimes times) throws SQLException {
    statement.setLong(1, times.healthySince());
    statement.setLong(2, times.suspectSince());
    statement.setLong(3, times.lostSince());
    statement.setLong(4, times.graceFrom());
    statement.setLong(5, times.graceUntil());
    return 6;
  }

  private static RegisteredAgent agent(ResultSet row) throws SQLException {
    return new RegisteredAgent(
        row.getString("agent_id"),
        row.getString("organization_id"),
        row.getString("name"),
        row.getString("type"),
        row.getString("endpoint"),
        row.getString("capabilities"),
        AgentStatus.fromText(row.getString("status")).orElseThrow(),
        row.getBytes("public_key"),
        LiveState.fromText(row.getString("state")).orElseThrow(),
        row.getBoolean("connected"),
        row.getLong("beat_at"),
        row.getLong("created_at"),
        row.getLong("updated_at"),
        row.getLong("version"));
  }
}
