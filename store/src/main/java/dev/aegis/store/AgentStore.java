package dev.aegis.store;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Enrolled agents, their organizations and the tokens to join with. Thread-safe; blocks; throws
/// [StoreException].
public final class AgentStore {
  private static final String TOKEN_PREFIX = "aegis_join_";
  private static final String COLUMNS =
      "agent_id, organization_id, public_key, (extract(epoch FROM created_at) * 1000)::bigint,"
          + " (extract(epoch FROM revoked_at) * 1000)::bigint, status";

  private final Database database;
  private final InstantSource clock;
  private final SecureRandom random;

  public AgentStore(Database database, InstantSource clock, SecureRandom random) {
    this.database = database;
    this.clock = clock;
    this.random = random;
  }

  /// Adds an organization; one of that id stays as it is.
  public void addOrganization(String id, String name) {
    database.run(
        "add an organization",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO organizations (id, name, created_at)"
                      + " VALUES (?, ?, to_timestamp(? / 1000.0)) ON CONFLICT (id) DO NOTHING")) {
            statement.setString(1, id);
            statement.setString(2, name);
            statement.setLong(3, clock.millis());
            return statement.executeUpdate();
          }
        });
  }

  public boolean hasOrganization(String id) {
    return database.run(
        "find an organization",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT FROM organizations WHERE id = ?")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
              return row.next();
            }
          }
        });
  }

  /// Enrols an agent.
  ///
  /// @param key its Ed25519 key, or null: it gives one when it joins
  /// @return false if there is one of that id, or another one of its organization has it as a name
  public boolean add(String id, String organization, byte @Nullable [] key) {
    return database.run("add an agent", connection -> insert(connection, id, organization, key));
  }

  private boolean insert(
      Connection connection, String id, String organization, byte @Nullable [] key)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO agents (agent_id, organization_id, public_key, created_at)"
                + " VALUES (?, ?, ?, to_timestamp(? / 1000.0)) ON CONFLICT DO NOTHING")) {
      statement.setString(1, id);
      statement.setString(2, organization);
      statement.setBytes(3, key);
      statement.setLong(4, clock.millis());
      return statement.executeUpdate() == 1;
    }
  }

  public Optional<Agent> find(String id) {
    return database.run(
        "find an agent",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT " + COLUMNS + " FROM agents WHERE agent_id = ?")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? Optional.of(agent(row)) : Optional.<Agent>empty();
            }
          }
        });
  }

  /// Agents by id, behind `afterId`; of one organization, or of all where it is null.
  public List<Agent> list(@Nullable String organization, String afterId, int limit) {
    return database.run(
        "list agents",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM agents WHERE (?::varchar IS NULL OR organization_id = ?)"
                      + " AND agent_id > ? ORDER BY agent_id LIMIT ?")) {
            query.setString(1, organization);
            query.setString(2, organization);
            query.setString(3, afterId);
            query.setInt(4, limit);
            List<Agent> agents = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                agents.add(agent(row));
              }
            }
            return agents;
          }
        });
  }

  private static Agent agent(ResultSet row) throws SQLException {
    return new Agent(
        row.getString(1),
        row.getString(2),
        row.getBytes(3),
        row.getLong(4),
        row.getLong(5),
        AgentStatus.fromText(row.getString(6)).orElseThrow());
  }

  /// Shuts an agent out for good.
  ///
  /// @return false if it is unknown or shut out already
  public boolean revoke(String id) {
    return database.run(
        "revoke an agent",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE agents SET revoked_at = to_timestamp(? / 1000.0),"
                      + " version = version + 1"
                      + " WHERE agent_id = ? AND revoked_at IS NULL")) {
            statement.setLong(1, clock.millis());
            statement.setString(2, id);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /// The agents that were shut out within that time, newest first.
  public List<String> revokedWithin(long millis, int limit) {
    return database.run(
        "find who was shut out",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT agent_id FROM agents WHERE revoked_at > to_timestamp(? / 1000.0)"
                      + " ORDER BY revoked_at DESC LIMIT ?")) {
            query.setLong(1, clock.millis() - millis);
            query.setInt(2, limit);
            List<String> ids = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                ids.add(row.getString(1));
              }
            }
            return ids;
          }
        });
  }

  /// Makes a token with which one agent can join once.
  ///
  /// @param agentId the only agent it is for, or null for any
  /// @return the token, which is not stored and cannot be shown again
  public String createJoinToken(
      String organization, @Nullable String agentId, long expiresAtMillis) {
    String token = Secrets.create(TOKEN_PREFIX, random);
    database.run(
        "create a join token",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO join_tokens (token_hash, organization_id, agent_id, created_at,"
                      + " expires_at) VALUES (?, ?, ?, to_timestamp(? / 1000.0),"
                      + " to_timestamp(? / 1000.0))")) {
            statement.setBytes(1, Secrets.hash(token));
            statement.setString(2, organization);
            statement.setString(3, agentId);
            statement.setLong(4, clock.millis());
            statement.setLong(5, expiresAtMillis);
            return statement.executeUpdate();
          }
        });
    return token;
  }

  /// Spends a token and enrols the agent with its key, both or neither: of any number of callers
  /// with one token, one joins.
  public Redemption redeemJoinToken(String token, String agentId, byte[] key) {
    return database.inTransaction(
        "redeem a join token",
        connection -> {
          String organization = lockToken(connection, token, agentId);
          if (organization == null) {
            return Redemption.BAD_TOKEN;
          }
          if (!insert(connection, agentId, organization, key)
              && !giveKey(connection, agentId, organization, key)) {
            return Redemption.AGENT_EXISTS;
          }
          spend(connection, token, agentId);
          return Redemption.JOINED;
        });
  }

  /// The row lock makes others with the same token wait until this transaction has ended.
  private @Nullable String lockToken(Connection connection, String token, String agentId)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT organization_id FROM join_tokens WHERE token_hash = ?"
                + " AND redeemed_at IS NULL AND expires_at > to_timestamp(? / 1000.0)"
                + " AND (agent_id IS NULL OR agent_id = ?) FOR UPDATE")) {
      query.setBytes(1, Secrets.hash(token));
      query.setLong(2, clock.millis());
      query.setString(3, agentId);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private static boolean giveKey(
      Connection connection, String agentId, String organization, byte[] key) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE agents SET public_key = ? WHERE agent_id = ? AND organization_id = ?"
                + " AND public_key IS NULL AND revoked_at IS NULL")) {
      statement.setBytes(1, key);
      statement.setString(2, agentId);
      statement.setString(3, organization);
      return statement.executeUpdate() == 1;
    }
  }

  private void spend(Connection connection, String token, String agentId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE join_tokens SET redeemed_at = to_timestamp(? / 1000.0), redeemed_by = ?"
                + " WHERE token_hash = ?")) {
      statement.setLong(1, clock.millis());
      statement.setString(2, agentId);
      statement.setBytes(3, Secrets.hash(token));
      statement.executeUpdate();
    }
  }
}
