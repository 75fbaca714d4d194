package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded PostgreSQL is killed while the gateway starts: by a trap in the database itself, in
/// the statement that counts the opening.
class DatabaseStartIT {
  private static final String ALWAYS = "true";
  private static final String THE_FIRST_TIME = "(pg_stat_file('killed', true)).size IS NULL";

  @TempDir Path directory;

  @Test
  void startsAnewOverADatabaseThatIsKilledWhileItStarts() throws Exception {
    try (TestGateway gateway = new TestGateway(directory)) {
      gateway.enrol("kept");
      setTrap(gateway, THE_FIRST_TIME);
      gateway.restart();
      assertThat(kills()).isEqualTo(1);
      assertThat(gateway.admin("GET", "/readyz", null).statusCode()).isEqualTo(200);
      assertThat(gateway.admin("GET", "/admin/agents", null).body()).contains("kept");
    }
  }

  @Test
  void saysWhatIsWrongWhereItIsKilledEachTime() throws Exception {
    try (TestGateway gateway = new TestGateway(directory)) {
      setTrap(gateway, ALWAYS);
    }
    assertThatThrownBy(() -> new TestGateway(directory))
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageContaining("the embedded PostgreSQL")
        .hasMessageContaining(directory.resolve("postgres/postgres.log").toString());
    assertThat(kills()).isEqualTo(3);
    // Whatever was started has stopped again: the directory is free.
    try (EmbeddedPostgres server = EmbeddedPostgres.start(directory.resolve("postgres"))) {
      assertThat(server.alive()).isTrue();
    }
  }

  private int kills() throws Exception {
    return Files.readAllLines(directory.resolve("postgres/data/killed")).size();
  }

  private static void setTrap(TestGateway gateway, String when) throws Exception {
    try (Connection connection = gateway.database();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE FUNCTION kill_the_server() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
              IF %s THEN
                  COPY (SELECT 1) TO PROGRAM
                      'cat >> killed && kill -9 $(head -n 1 postmaster.pid)';
                  PERFORM pg_terminate_backend(pg_backend_pid());
              END IF;
              RETURN NEW;
          END
          $$
          """
              .formatted(when));
      statement.execute(
          "CREATE TRIGGER trap BEFORE INSERT ON journals"
              + " FOR EACH ROW EXECUTE FUNCTION kill_the_server()");
    }
  }
}
