package dev.aegis.store;

import dev.aegis.store.audit.Retention;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How long organizations keep what is over, and the end of the messages whose time that is.
/// Thread-safe; blocks; throws [StoreException].
public final class RetentionStore {
  private static final int ROWS = 5_000;
  private static final long LOCK = 0x6165_6769_7365_6E64L; // "aegisend"

  private final Database database;
  private final Retention fallback;

  /// @param fallback of organizations that do not say
  public RetentionStore(Database database, Retention fallback) {
    this.database = database;
    this.fallback = fallback;
  }

  public Retention fallback() {
    return fallback;
  }

  /// What an organization says; empty where it says nothing, or is none.
  public Optional<Retention> find(String organization) {
    return database.run(
        "read a retention",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT retention FROM organizations WHERE id = ?")) {
            query.setString(1, organization);
            try (ResultSet row = query.executeQuery()) {
              if (!row.next()) {
                return Optional.empty();
              }
              int code = row.getInt(1);
              return row.wasNull()
                  ? Optional.<Retention>empty()
                  : Optional.of(Retention.ofCode(code));
            }
          }
        });
  }

  /// @param retention null for as configured
  /// @return false if there is no such organization
  public boolean set(String organization, @Nullable Retention retention) {
    return database.run(
        "set a retention",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("UPDATE organizations SET retention = ? WHERE id = ?")) {
            if (retention == null) {
              statement.setNull(1, java.sql.Types.SMALLINT);
            } else {
              statement.setInt(1, retention.code());
            }
            statement.setString(2, organization);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /// Deletes settled messages that are older than what their recipient's organization keeps, with
  /// their steps and results; a bounded number in one call, which may be repeated until it is none;
  /// one node at a time. Dead letters that nobody has settled stay, and who had work before as long
  /// as somebody has it.
  ///
  /// @return how many
  public int purge(long nowMillis) {
    Map<String, Retention> retentions = all();
    int purged = 0;
    for (Map.Entry<String, Retention> organization : retentions.entrySet()) {
      Duration time = organization.getValue().time();
      if (time != null) {
        purged += purge(organization.getKey(), nowMillis - time.toMillis());
      }
    }
    return purged;
  }

  private Map<String, Retention> all() {
    return database.run(
        "read retentions",
        connection -> {
          Map<String, Retention> found = new HashMap<>();
          try (PreparedStatement query =
                  connection.prepareStatement("SELECT id, retention FROM organizations");
              ResultSet row = query.executeQuery()) {
            while (row.next()) {
              int code = row.getInt(2);
              boolean own = !row.wasNull(); // of the column that was read last
              found.put(row.getString(1), own ? Retention.ofCode(code) : fallback);
            }
          }
          return found;
        });
  }

  private int purge(String organization, long beforeMillis) {
    return database.inTransaction(
        "delete old messages",
        connection -> {
          try (PreparedStatement lock =
              connection.prepareStatement("SELECT pg_try_advisory_xact_lock(?)")) {
            lock.setLong(1, LOCK);
            try (ResultSet row = lock.executeQuery()) {
              if (!row.next() || !row.getBoolean(1)) {
                return 0;
              }
            }
          }
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "WITH old AS (SELECT q.ctid FROM message_queue q WHERE q.agent_id IN"
                      + " (SELECT agent_id FROM agents WHERE organization_id = ?"
                      + " UNION ALL SELECT unnest(?::varchar[]))"
                      + " AND q.created_at < to_timestamp(? / 1000.0)"
                      + " AND coalesce(q.finished_at, q.created_at) < to_timestamp(? / 1000.0)"
                      + " AND (q.status IN ('processed', 'failed', 'expired')"
                      + " OR (q.status = 'dead' AND q.redriven_at IS NOT NULL)"
                      + " OR (q.status = 'moved' AND q.redriven_at IS NOT NULL AND NOT EXISTS"
                      + " (SELECT FROM message_queue o WHERE o.id = q.id"
                      + " AND o.sender_id = q.sender_id AND o.digest = q.digest AND "
                      + MessageLives.OPEN
                      + "))) LIMIT ?),"
                      + " gone AS (DELETE FROM message_queue WHERE ctid IN (SELECT ctid FROM old)"
                      + " RETURNING agent_id, mailbox_epoch, sequence),"
                      + " steps AS (DELETE FROM message_delivery_log l USING gone g"
                      + " WHERE l.agent_id = g.agent_id AND l.mailbox_epoch = g.mailbox_epoch"
                      + " AND l.sequence = g.sequence),"
                      + " results AS (DELETE FROM message_results r USING gone g"
                      + " WHERE r.agent_id = g.agent_id AND r.mailbox_epoch = g.mailbox_epoch"
                      + " AND r.sequence = g.sequence)"
                      + " SELECT count(*) FROM gone")) {
            statement.setString(1, organization);
            statement.setArray(
                2, connection.createArrayOf("varchar", PoolName.all(organization).toArray()));
            statement.setLong(3, beforeMillis);
            statement.setLong(4, beforeMillis);
            statement.setInt(5, ROWS);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? row.getInt(1) : 0;
            }
          }
        });
  }
}
