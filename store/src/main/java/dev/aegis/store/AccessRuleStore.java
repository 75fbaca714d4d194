package dev.aegis.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who may send to the agents of another organization. Thread-safe; blocks; throws
/// [StoreException].
public final class AccessRuleStore {
  private final Database database;
  private final InstantSource clock;

  public AccessRuleStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// @return empty where there is one that says the same
  public Optional<AccessRule> add(UUID id, String from, String to, @Nullable String type) {
    long now = clock.millis();
    boolean added =
        database.run(
            "add a rule",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(
                      "INSERT INTO access_rules (id, from_organization, to_organization,"
                          + " message_type, created_at) VALUES (?, ?, ?, ?,"
                          + " to_timestamp(? / 1000.0)) ON CONFLICT DO NOTHING")) {
                statement.setObject(1, id);
                statement.setString(2, from);
                statement.setString(3, to);
                statement.setString(4, type);
                statement.setLong(5, now);
                return statement.executeUpdate() == 1;
              }
            });
    return added ? Optional.of(new AccessRule(id, from, to, type, now)) : Optional.empty();
  }

  /// @return false where the organization has no such rule
  public boolean remove(UUID id, @Nullable String to) {
    return database.run(
        "remove a rule",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "DELETE FROM access_rules WHERE id = ?"
                      + " AND (?::varchar IS NULL OR to_organization = ?)")) {
            statement.setObject(1, id);
            statement.setString(2, to);
            statement.setString(3, to);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /// Rules by id, behind `after`.
  ///
  /// @param to into which organization, or null for all
  /// @param after null for the first page
  public List<AccessRule> list(@Nullable String to, @Nullable UUID after, int limit) {
    return database.run(
        "list rules",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT id, from_organization, to_organization, message_type,"
                      + " (extract(epoch FROM created_at) * 1000)::bigint FROM access_rules WHERE"
                      + OrganizationPage.sql("to_organization", "id"))) {
            new OrganizationPage(to, after, limit).set(query);
            List<AccessRule> rules = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                rules.add(
                    new AccessRule(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getLong(5)));
              }
            }
            return rules;
          }
        });
  }
}
