package dev.aegis.store;

import java.sql.PreparedStatement;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// The audit log: who did what to whom. Only ever added to. Thread-safe; blocks; throws
/// [StoreException].
public final class AuditStore {
  private final Database database;
  private final InstantSource clock;

  public AuditStore(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /// @param actor an agent, `api.` and the name of an API key, or `admin` for whoever holds the
  ///   admin token
  /// @param action a constant word, such as `agent-revoked`
  /// @param detail no secrets, at most 1,024 characters
  public void append(String actor, String action, String subject, @Nullable String detail) {
    database.run(
        "append to the audit log",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO audit_log (at, actor, action, subject, detail)"
                      + " VALUES (to_timestamp(? / 1000.0), ?, ?, ?, ?)")) {
            statement.setLong(1, clock.millis());
            statement.setString(2, actor);
            statement.setString(3, action);
            statement.setString(4, subject);
            statement.setString(5, detail);
            return statement.executeUpdate();
          }
        });
  }
}
