package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attempts to post messages, for people; what was answered is sealed. Thread-safe; blocks; throws
/// [StoreException].
public final class WebhookLogStore {
  private static final int OF_ONE_MESSAGE = 1_000;

  private static final String SELECT =
      "SELECT id, agent_id, message_id, attempt,"
          + " (extract(epoch FROM attempted_at) * 1000)::bigint AS attempted_at, duration_ms,"
          + " status, response_code, response_body, error FROM webhook_deliveries ";

  private static final Logger log = LoggerFactory.getLogger(WebhookLogStore.class);

  private final Database database;
  private final StorageCipher cipher;
  private final AtomicBoolean said = new AtomicBoolean();

  public WebhookLogStore(Database database, StorageCipher cipher) {
    this.database = database;
    this.cipher = cipher;
  }

  /// Writes many at once.
  public void append(List<WebhookDelivery> deliveries) {
    if (deliveries.isEmpty()) {
      return;
    }
    database.inTransaction(
        "write down deliveries",
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO webhook_deliveries (agent_id, message_id, attempt, attempted_at,"
                      + " duration_ms, status, response_code, response_body, error)"
                      + " VALUES (?, ?, ?, to_timestamp(? / 1000.0), ?, ?, ?, ?, ?)")) {
            for (WebhookDelivery delivery : deliveries) {
              String body = delivery.responseBody();
              insert.setString(1, delivery.agentId());
              insert.setObject(2, delivery.messageId());
              insert.setInt(3, delivery.attempt());
              insert.setLong(4, delivery.attemptedAtMillis());
              insert.setInt(5, delivery.durationMillis());
              insert.setString(6, delivery.status().text());
              if (delivery.responseCode() == 0) {
                insert.setNull(7, Types.SMALLINT);
              } else {
                insert.setInt(7, delivery.responseCode());
              }
              insert.setBytes(
                  8,
                  body == null
                      ? null
                      : cipher.seal(
                          body.getBytes(StandardCharsets.UTF_8),
                          associatedData(delivery.agentId(), delivery.messageId())));
              insert.setString(9, delivery.error());
              insert.addBatch();
            }
            return insert.executeBatch();
          }
        });
  }

  /// Those of one message, the oldest first.
  public List<WebhookDelivery> ofMessage(UUID messageId) {
    return select(
        "WHERE message_id = ? ORDER BY id LIMIT " + OF_ONE_MESSAGE,
        query -> query.setObject(1, messageId));
  }

  /// Those of one agent, the newest first.
  ///
  /// @param beforeId only older ones than this, [Long#MAX_VALUE] for all
  public List<WebhookDelivery> ofAgent(String agentId, long beforeId, int limit) {
    return select(
        "WHERE agent_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        query -> {
          query.setString(1, agentId);
          query.setLong(2, beforeId);
          query.setInt(3, limit);
        });
  }

  /// Deletes what is older.
  public int purge(long beforeMillis) {
    return database.run(
        "purge deliveries",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "DELETE FROM webhook_deliveries WHERE attempted_at < to_timestamp(? / 1000.0)")) {
            statement.setLong(1, beforeMillis);
            return statement.executeUpdate();
          }
        });
  }

  private interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }

  private List<WebhookDelivery> select(String where, Binder binder) {
    return database.run(
        "read deliveries",
        connection -> {
          try (PreparedStatement query = connection.prepareStatement(SELECT + where)) {
            binder.bind(query);
            List<WebhookDelivery> deliveries = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                deliveries.add(delivery(row));
              }
            }
            return deliveries;
          }
        });
  }

  private WebhookDelivery delivery(ResultSet row) throws SQLException {
    String agentId = row.getString("agent_id");
    UUID messageId = row.getObject("message_id", UUID.class);
    byte[] sealed = row.getBytes("response_body");
    String body = sealed == null ? null : open(sealed, agentId, messageId);
    return new WebhookDelivery(
        row.getLong("id"),
        agentId,
        messageId,
        row.getInt("attempt"),
        row.getLong("attempted_at"),
        row.getInt("duration_ms"),
        WebhookDelivery.Status.ofText(row.getString("status")),
        row.getInt("response_code"),
        body,
        sealed != null && body == null,
        row.getString("error"));
  }

  /// Null where it does not open: that must not keep the other attempts from who reads them.
  private @Nullable String open(byte[] sealed, String agentId, UUID messageId) {
    try {
      return new String(
          cipher.open(sealed, associatedData(agentId, messageId)), StandardCharsets.UTF_8);
    } catch (AuthenticationException e) {
      if (!said.getAndSet(true)) {
        log.warn("a response to message {} does not open, nor perhaps others", messageId, e);
      }
      return null;
    }
  }

  static byte[] associatedData(String agentId, UUID messageId) {
    return ("webhook_deliveries\0" + agentId + '\0' + messageId).getBytes(StandardCharsets.UTF_8);
  }
}
