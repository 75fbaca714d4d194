package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AuditStoreIT {
  private DatabaseSettings settings;
  private Database database;

  @BeforeEach
  void open() {
    settings = TestServer.freshDatabase();
    database = Database.open(settings);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void appendsWhoDidWhatToWhomAndWhen() throws SQLException {
    AuditStore audit =
        new AuditStore(database, InstantSource.fixed(Instant.parse("2026-01-02T03:04:05.678Z")));
    audit.append("gateway", "agent-revoked", "alice", null);
    audit.append("ops", "key-created", "back'; DROP TABLE audit_log; --", "role=sender");
    assertThat(rows())
        .containsExactly(
            "1767323045678 gateway agent-revoked alice null",
            "1767323045678 ops key-created back'; DROP TABLE audit_log; -- role=sender");
  }

  @Test
  void saysThatWhatIsTooLongWillNeverDo() throws SQLException {
    AuditStore audit = new AuditStore(database, InstantSource.system());
    assertThatThrownBy(() -> audit.append("gateway", "x", "alice", "d".repeat(1_025)))
        .isInstanceOf(StoreException.Rejected.class);
    assertThat(rows()).isEmpty();
  }

  private List<String> rows() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT concat((extract(epoch FROM at) * 1000)::bigint, ' ', actor, ' ', action,"
                    + " ' ', subject, ' ', coalesce(detail, 'null')) FROM audit_log ORDER BY id")) {
      while (row.next()) {
        rows.add(row.getString(1));
      }
    }
    return rows;
  }
}
