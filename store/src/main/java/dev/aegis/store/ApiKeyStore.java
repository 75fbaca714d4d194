package dev.aegis.store;

import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// Keys of the REST API, stored hashed. Thread-safe; blocks; throws [StoreException].
public final class ApiKeyStore {
  private static final String PREFIX = "aegis_key_";
  private static final String COLUMNS =
      "id, role, organization_id, name, (extract(epoch FROM created_at) * 1000)::bigint";

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

  /// Makes a key.
  ///
  /// @return the key in plain, which is not stored and cannot be shown again
  public String create(ApiKey.Role role, String organization, String name) {
    String key = Secrets.create(PREFIX, random);
    database.run(
        "create an API key",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO api_keys (id, key_hash, role, organization_id, name, created_at)"
                      + " VALUES (gen_random_uuid(), ?, ?, ?, ?, to_timestamp(? / 1000.0))")) {
            statement.setBytes(1, hash(key));
            statement.setString(2, role.name().toLowerCase(Locale.ROOT));
            statement.setString(3, organization);
            statement.setString(4, name);
            statement.setLong(5, clock.millis());
            return statement.executeUpdate();
          }
        });
    return key;
  }

  /// The key of that hash, unless it was revoked.
  public Optional<ApiKey> find(byte[] hash) {
    return database.run(
        "find an API key",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT "
                      + COLUMNS
                      + " FROM api_keys WHERE key_hash = ? AND revoked_at IS NULL")) {
            query.setBytes(1, hash);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? Optional.of(key(row)) : Optional.<ApiKey>empty();
            }
          }
        });
  }

  /// All keys that were not revoked, oldest first.
  public List<ApiKey> list() {
    return database.run(
        "list API keys",
        connection -> {
          List<ApiKey> keys = new ArrayList<>();
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT "
                          + COLUMNS
                          + " FROM api_keys WHERE revoked_at IS NULL ORDER BY created_at, id");
              ResultSet row = query.executeQuery()) {
            while (row.next()) {
              keys.add(key(row));
            }
          }
          return keys;
        });
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    return new ApiKey(
        row.getObject(1, UUID.class),
        ApiKey.Role.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
        row.getString(3),
        row.getString(4),
        row.getLong(5));
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
}
