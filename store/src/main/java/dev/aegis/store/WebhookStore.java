package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The endpoints that messages are posted to, and the secrets that sign them, which are sealed: the
/// gateway has to know them. Thread-safe; blocks; throws [StoreException].
public final class WebhookStore {
  private static final int SECRET_BYTES = 32;
  private static final int UNOWNED = 1_000;

  private static final String SELECT =
      "SELECT a.agent_id, a.organization_id, a.endpoint, a.status, w.secret, w.previous_secret,"
          + " (extract(epoch FROM w.previous_until) * 1000)::bigint AS previous_until,"
          + " w.concurrency, (extract(epoch FROM w.disabled_at) * 1000)::bigint AS disabled_at,"
          + " w.disabled_reason FROM agents a ";

  private static final String THERE = " a.revoked_at IS NULL AND a.endpoint IS NOT NULL ";

  private static final String SERVED =
      THERE + " AND a.status <> 'inactive' AND w.disabled_at IS NULL ";

  private final Database database;
  private final WebhookSecrets secrets;
  private final InstantSource clock;
  private final SecureRandom random;

  public WebhookStore(
      Database database, StorageCipher cipher, InstantSource clock, SecureRandom random) {
    this.database = database;
    this.secrets = new WebhookSecrets(cipher);
    this.clock = clock;
    this.random = random;
  }

  /// All that messages may be posted to now, and those whose secret does not open, without one.
  public List<WebhookEndpoint> served() {
    List<WebhookEndpoint> served = readServed();
    Set<String> agents = new HashSet<>();
    served.forEach(endpoint -> agents.add(endpoint.agentId()));
    secrets.retain(agents);
    return served;
  }

  private List<WebhookEndpoint> readServed() {
    return database.run(
        "read webhooks",
        connection -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      SELECT + "JOIN webhooks w ON w.agent_id = a.agent_id WHERE" + SERVED);
              ResultSet row = query.executeQuery()) {
            List<WebhookEndpoint> endpoints = new ArrayList<>();
            while (row.next()) {
              endpoints.add(endpoint(row));
            }
            return endpoints;
          }
        });
  }

  /// Agents of those for whom something waits in a mailbox that no gateway of the cluster owns.
  public List<String> unowned() {
    return database.run(
        "look for mailboxes to post from",
        connection -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT a.agent_id FROM agents a JOIN webhooks w ON w.agent_id = a.agent_id"
                          + " JOIN mailboxes m ON m.agent_id = a.agent_id WHERE"
                          + SERVED
                          + "AND NOT EXISTS (SELECT FROM journals j WHERE j.id = m.owner)"
                          + " AND EXISTS (SELECT FROM message_queue q WHERE q.agent_id = a.agent_id"
                          + " AND q.status IN ('pending', 'delivered')) LIMIT "
                          + UNOWNED);
              ResultSet row = query.executeQuery()) {
            List<String> agents = new ArrayList<>();
            while (row.next()) {
              agents.add(row.getString(1));
            }
            return agents;
          }
        });
  }

  /// The endpoint of an agent, if it has one; with or without a secret.
  public Optional<WebhookEndpoint> find(String agentId) {
    return database.run(
        "find a webhook",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  SELECT
                      + "LEFT JOIN webhooks w ON w.agent_id = a.agent_id WHERE"
                      + THERE
                      + "AND a.agent_id = ?")) {
            query.setString(1, agentId);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? Optional.of(endpoint(row)) : Optional.empty();
            }
          }
        });
  }

  /// The agent has an endpoint, another one perhaps, which is served from now on.
  ///
  /// @return its secret if it had none so far; it is not told again
  public @Nullable String set(String agentId) {
    String secret = newSecret();
    int added =
        database.run(
            "add a webhook",
            connection -> {
              try (PreparedStatement insert =
                  connection.prepareStatement(
                      "INSERT INTO webhooks AS w (agent_id, secret, created_at)"
                          + " VALUES (?, ?, to_timestamp(? / 1000.0)) ON CONFLICT DO NOTHING")) {
                insert.setString(1, agentId);
                insert.setBytes(2, secrets.seal(agentId, secret));
                insert.setLong(3, clock.millis());
                return insert.executeUpdate();
              }
            });
    if (added == 1) {
      return secret;
    }
    update(
        "UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL WHERE agent_id = ?",
        statement -> statement.setString(1, agentId));
    return null;
  }

  /// The agent has no endpoint any more; another one begins with a secret of its own.
  public void remove(String agentId) {
    update("DELETE FROM webhooks WHERE agent_id = ?", statement -> statement.setString(1, agentId));
  }

  /// Gives the endpoint another secret, or its first one.
  ///
  /// @param keepMillis how long what is posted is signed with the old one as well
  /// @return the secret; it is not told again
  public String rotate(String agentId, long keepMillis) {
    String secret = newSecret();
    long now = clock.millis();
    update(
        "INSERT INTO webhooks AS w (agent_id, secret, created_at)"
            + " VALUES (?, ?, to_timestamp(? / 1000.0)) ON CONFLICT (agent_id) DO UPDATE SET"
            + " secret = excluded.secret, previous_secret = w.secret,"
            + " previous_until = to_timestamp(? / 1000.0), rotated_at = excluded.created_at",
        statement -> {
          statement.setString(1, agentId);
          statement.setBytes(2, secrets.seal(agentId, secret));
          statement.setLong(3, now);
          statement.setLong(4, now + keepMillis);
        });
    return secret;
  }

  /// @param concurrency 0 for as the gateway is configured
  /// @return false where it has no secret yet
  public boolean limit(String agentId, int concurrency) {
    return update(
        "UPDATE webhooks SET concurrency = ? WHERE agent_id = ?",
        statement -> {
          if (concurrency == 0) {
            statement.setNull(1, Types.SMALLINT);
          } else {
            statement.setInt(1, concurrency);
          }
          statement.setString(2, agentId);
        });
  }

  /// Posts nothing there any more, if it is still the agent's endpoint.
  ///
  /// @return whether that is new
  public boolean disable(String agentId, String url, String reason) {
    return update(
        "UPDATE webhooks w SET disabled_at = to_timestamp(? / 1000.0), disabled_reason = ?"
            + " FROM agents a WHERE w.agent_id = ? AND a.agent_id = w.agent_id AND a.endpoint = ?"
            + " AND w.disabled_at IS NULL",
        statement -> {
          statement.setLong(1, clock.millis());
          statement.setString(2, reason);
          statement.setString(3, agentId);
          statement.setString(4, url);
        });
  }

  private interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  private boolean update(String sql, Binder binder) {
    return database.run(
        "change a webhook",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binder.bind(statement);
            return statement.executeUpdate() == 1;
          }
        });
  }

  private WebhookEndpoint endpoint(ResultSet row) throws SQLException {
    String agentId = row.getString("agent_id");
    return new WebhookEndpoint(
        agentId,
        row.getString("organization_id"),
        row.getString("endpoint"),
        AgentStatus.fromText(row.getString("status")).orElseThrow() != AgentStatus.INACTIVE,
        secrets.open(agentId, false, row.getBytes("secret")),
        secrets.open(agentId, true, row.getBytes("previous_secret")),
        row.getLong("previous_until"),
        row.getInt("concurrency"),
        row.getLong("disabled_at"),
        row.getString("disabled_reason"));
  }

  /// As Standard Webhooks writes it.
  private String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }
}
