package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MigrationsIT {
  private static final String HISTORY =
      "SELECT version || ' ' || installed_on || ' ' || success FROM flyway_schema_history ORDER BY"
          + " installed_rank";

  private DatabaseSettings settings;

  @BeforeEach
  void fresh() {
    settings = TestServer.freshDatabase();
  }

  @Test
  void makesEverythingFromEmptyAndNothingTheSecondTime() throws SQLException {
    assertThat(rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).isEmpty();
    Database.open(settings).close();
    List<String> first = rows(HISTORY);
    assertThat(first).isNotEmpty().allMatch(row -> row.endsWith("true"));
    assertThat(rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        .contains(
            "journal",
            "journals",
            "message_queue",
            "message_delivery_log",
            "signing_windows",
            "agents",
            "agent_connections",
            "api_keys",
            "audit_log",
            "statistics_batches",
            "statistics");
    execute("INSERT INTO organizations VALUES ('kept', 'Kept', now())");

    Database.open(settings).close();
    assertThat(rows(HISTORY)).isEqualTo(first);
    assertThat(rows("SELECT id FROM organizations ORDER BY id")).containsExactly("default", "kept");
    assertThat(rows("SELECT id FROM journals ORDER BY id")).containsExactly("0", "1", "2");
  }

  @Test
  void refusesADatabaseWhoseMigrationsWereOthers() throws SQLException {
    Database.open(settings).close();
    execute("UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE version = '1'");
    assertThatThrownBy(() -> Database.open(settings))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("cannot migrate")
        .hasStackTraceContaining("checksum mismatch");
    execute("UPDATE flyway_schema_history SET checksum = checksum - 1 WHERE version = '1'");
    Database.open(settings).close();
  }

  @Test
  void refusesADatabaseOfANewerGateway() throws SQLException {
    Database.open(settings).close();
    execute(
        "INSERT INTO flyway_schema_history SELECT max(installed_rank) + 1, '9999', 'newer', 'SQL',"
            + " 'V9999__newer.sql', 1, 'someone', now(), 1, true FROM flyway_schema_history");
    assertThatThrownBy(() -> Database.open(settings))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("not resolved locally: 9999");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> rows(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }
}
