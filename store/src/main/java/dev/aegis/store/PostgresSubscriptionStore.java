package dev.aegis.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The `subscriptions` table: one row per durable subscription.
public final class PostgresSubscriptionStore implements SubscriptionStore {
  private final Database database;
  private final InstantSource clock;

  public PostgresSubscriptionStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  @Override
  public List<StoredSubscription> all() {
    return select("", _ -> {});
  }

  @Override
  public List<StoredSubscription> of(String agent) {
    return select(" AND s.agent_id = ?", query -> query.setString(1, agent));
  }

  private List<StoredSubscription> select(String where, MessageRows.Binder binder) {
    return database.run(
        "read subscriptions",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT s.id, s.agent_id, a.organization_id, s.pattern, s.filter_keys,"
                      + " s.filter_values, s.queue_group FROM subscriptions s"
                      + " JOIN agents a ON a.agent_id = s.agent_id WHERE a.revoked_at IS NULL"
                      + where)) {
            binder.bind(query);
            List<StoredSubscription> found = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                found.add(subscription(row));
              }
            }
            return found;
          }
        });
  }

  private static StoredSubscription subscription(ResultSet row) throws SQLException {
    String[] keys = (String[]) row.getArray(5).getArray();
    String[] values = (String[]) row.getArray(6).getArray();
    Map<String, String> filter = new HashMap<>();
    for (int i = 0; i < keys.length; i++) {
      filter.put(keys[i], values[i]);
    }
    return new StoredSubscription(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        filter,
        row.getString(7));
  }

  @Override
  public void put(StoredSubscription subscription) {
    List<String> keys = List.copyOf(subscription.filter().keySet());
    List<String> values = keys.stream().map(subscription.filter()::get).toList();
    database.run(
        "keep a subscription",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO subscriptions (agent_id, id, pattern, filter_keys, filter_values,"
                      + " queue_group, created_at)"
                      + " VALUES (?, ?, ?, ?, ?, ?, to_timestamp(? / 1000.0))"
                      + " ON CONFLICT (agent_id, id) DO UPDATE SET pattern = excluded.pattern,"
                      + " filter_keys = excluded.filter_keys,"
                      + " filter_values = excluded.filter_values,"
                      + " queue_group = excluded.queue_group")) {
            statement.setString(1, subscription.agent());
            statement.setObject(2, subscription.id());
            statement.setString(3, subscription.pattern());
            statement.setArray(4, texts(connection, keys));
            statement.setArray(5, texts(connection, values));
            statement.setString(6, subscription.group());
            statement.setLong(7, clock.millis());
            return statement.executeUpdate();
          }
        });
  }

  private static Array texts(Connection connection, List<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }

  @Override
  public void remove(String agent, UUID id) {
    database.run(
        "remove a subscription",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "DELETE FROM subscriptions WHERE agent_id = ? AND id = ?")) {
            statement.setString(1, agent);
            statement.setObject(2, id);
            return statement.executeUpdate();
          }
        });
  }
}
