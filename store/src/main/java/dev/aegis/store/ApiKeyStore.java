package dev.aegis.store;

import java.security.SecureRandom;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Keys of the REST API, stored hashed. Thread-safe; blocks; throws [StoreException].
public final class ApiKeyStore {
  private static final String PREFIX = "aegis_key_";
  private static final String COLUMNS =
      "k.id, k.role, k.organization_id, k.name, k.scopes, k.agent_id,"
          + " (extract(epoch FROM k.expires_at) * 1000)::bigint, k.per_second, k.burst,"
          + " (extract(epoch FROM k.created_at) * 1000)::bigint,"
          + " (extract(epoch FROM k.last_used_at) * 1000)::bigint,"
          + " (extract(epoch FROM k.previous_until) * 1000)::bigint";

  private static final String USED =
      "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, to_timestamp(u.at / 1000.0))"
          + " FROM unnest(?, ?) AS u (id, at) WHERE k.id = u.id";

  private final Database database;
  private final InstantSource clock;
  private final SecureRandom random;

  public ApiKeyStore(Database database, InstantSource clock, SecureRandom random) {
    this.database = database;
    this.clock = clock;
    this.random = random;
  }

  /// What [#find] looks a key up by.
  public static byte[] hash(String key) {
    return Secrets.hash(key);
  }

  /// Makes a key with all that the role allows.
  ///
  /// @return the key in plain, which is not stored and cannot be shown again
  public String create(ApiKey.Role role, String organization, String name) {
    return issue(new ApiKey.Grant(role, organization, name)).secret();
  }

  public ApiKey.Issued issue(ApiKey.Grant grant) {
    String secret = Secrets.create(PREFIX, random);
    UUID id = UUID.randomUUID();
    long now = clock.millis();
    database.run(
        "create an API key",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO api_keys (id, key_hash, role, organization_id, name, created_at,"
                      + " scopes, agent_id, expires_at, per_second, burst) VALUES (?, ?, ?, ?, ?,"
                      + " to_timestamp(? / 1000.0), ?, ?, to_timestamp(? / 1000.0), ?, ?)")) {
            statement.setObject(1, id);
            statement.setBytes(2, hash(secret));
            statement.setString(3, grant.role().name().toLowerCase(Locale.ROOT));
            statement.setString(4, grant.organization());
            statement.setString(5, grant.name());
            statement.setLong(6, now);
            Set<String> scopes = grant.scopes();
            statement.setArray(
                7, scopes == null ? null : connection.createArrayOf("text", scopes.toArray()));
            statement.setString(8, grant.agentId());
            if (grant.expiresAtMillis() == 0) {
              statement.setNull(9, Types.BIGINT);
            } else {
              statement.setLong(9, grant.expiresAtMillis());
            }
            ApiKey.Limit limit = grant.limit();
            statement.setObject(10, limit == null ? null : limit.perSecond(), Types.INTEGER);
            statement.setObject(11, limit == null ? null : limit.burst(), Types.INTEGER);
            return statement.executeUpdate();
          }
        });
    return new ApiKey.Issued(new ApiKey(id, grant, now, 0, 0), secret);
  }

  /// The key of that hash, unless it was revoked or has expired, or its agent was revoked or is
  /// inactive.
  public Optional<ApiKey> find(byte[] hash) {
    return database.run(
        "find an API key",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM api_keys k LEFT JOIN agents a ON a.agent_id = k.agent_id"
                      + " WHERE (k.key_hash = ? OR (k.previous_hash = ?"
                      + " AND k.previous_until > to_timestamp(? / 1000.0)))"
                      + " AND k.revoked_at IS NULL"
                      + " AND (k.expires_at IS NULL OR k.expires_at > to_timestamp(? / 1000.0))"
                      + " AND (k.agent_id IS NULL"
                      + " OR (a.revoked_at IS NULL AND a.status <> 'inactive'))")) {
            query.setBytes(1, hash);
            query.setBytes(2, hash);
            query.setLong(3, clock.millis());
            query.setLong(4, clock.millis());
            return first(query);
          }
        });
  }

  /// The key of that id, also an expired one, unless it was revoked.
  public Optional<ApiKey> byId(UUID id) {
    return database.run(
        "find an API key",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM api_keys k WHERE k.id = ? AND k.revoked_at IS NULL")) {
            query.setObject(1, id);
            return first(query);
          }
        });
  }

  /// All keys that were not revoked, oldest first.
  public List<ApiKey> list() {
    return database.run(
        "list API keys",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM api_keys k WHERE k.revoked_at IS NULL ORDER BY k.created_at, k.id")) {
            return all(query);
          }
        });
  }

  /// Keys of an organization that were not revoked by id, behind `after`.
  ///
  /// @param organization null for all
  /// @param after null for the first page
  public List<ApiKey> list(@Nullable String organization, @Nullable UUID after, int limit) {
    return database.run(
        "list API keys",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM api_keys k WHERE k.revoked_at IS NULL AND"
                      + OrganizationPage.sql("k.organization_id", "k.id"))) {
            new OrganizationPage(organization, after, limit).set(query);
            return all(query);
          }
        });
  }

  private static Optional<ApiKey> first(PreparedStatement query) throws SQLException {
    return all(query).stream().findFirst();
  }

  private static List<ApiKey> all(PreparedStatement query) throws SQLException {
    List<ApiKey> keys = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        keys.add(key(row));
      }
    }
    return keys;
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    Array scopes = row.getArray(5);
    int perSecond = row.getInt(8);
    ApiKey.Limit limit = row.wasNull() ? null : new ApiKey.Limit(perSecond, row.getInt(9));
    return new ApiKey(
        row.getObject(1, UUID.class),
        new ApiKey.Grant(
            ApiKey.Role.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
            row.getString(3),
            row.getString(4),
            scopes == null ? null : Set.of((String[]) scopes.getArray()),
            row.getString(6),
            row.getLong(7),
            limit),
        row.getLong(10),
        row.getLong(11),
        row.getLong(12));
  }

  /// Gives a key another secret; the one it has now is good until then, an older one no more.
  ///
  /// @return the secret in plain, or empty where there is no such key
  public Optional<String> rotate(UUID id, long oldUntilMillis) {
    String secret = Secrets.create(PREFIX, random);
    boolean done =
        database.run(
            "rotate an API key",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(
                      "UPDATE api_keys SET previous_hash = key_hash,"
                          + " previous_until = to_timestamp(? / 1000.0), key_hash = ?"
                          + " WHERE id = ? AND revoked_at IS NULL")) {
                statement.setLong(1, oldUntilMillis);
                statement.setBytes(2, hash(secret));
                statement.setObject(3, id);
                return statement.executeUpdate() == 1;
              }
            });
    return done ? Optional.of(secret) : Optional.empty();
  }

  /// @return false if it is unknown or revoked already
  public boolean revoke(UUID id) {
    return database.run(
        "revoke an API key",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE api_keys SET revoked_at = to_timestamp(? / 1000.0)"
                      + " WHERE id = ? AND revoked_at IS NULL")) {
            statement.setLong(1, clock.millis());
            statement.setObject(2, id);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /// Notes when keys were used.
  ///
  /// @param used Unix milliseconds by key
  public void used(Map<UUID, Long> used) {
    if (used.isEmpty()) {
      return;
    }
    database.run(
        "note the use of API keys",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(USED)) {
            List<Map.Entry<UUID, Long>> sorted =
                used.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
            statement.setArray(1, array(connection, "uuid", sorted, Map.Entry::getKey));
            statement.setArray(2, array(connection, "int8", sorted, Map.Entry::getValue));
            return statement.executeUpdate();
          }
        });
  }

  private static <T> Array array(
      Connection connection, String type, List<T> of, Function<T, ?> value) throws SQLException {
    return connection.createArrayOf(type, of.stream().map(value).toArray());
  }
}
