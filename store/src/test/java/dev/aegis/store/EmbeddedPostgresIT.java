package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class EmbeddedPostgresIT {
  @Test
  void keepsRowsOverARestartAndComesBackOnItsPort() throws SQLException {
    Path home = TestServer.freshHome();
    int port;
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      port = server.port();
      execute(server.database("kept"), "CREATE TABLE t AS SELECT 42 AS answer");
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      assertThat(server.port()).isEqualTo(port);
      assertThat(one(server.database("kept"), "SELECT answer FROM t")).isEqualTo("42");
    }
  }

  @Test
  void isDurableAndClosedToStrangers() throws SQLException, IOException {
    Path home = TestServer.freshHome();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      DatabaseSettings settings = server.database("aegis");
      assertThat(one(settings, "SHOW fsync")).isEqualTo("on");
      assertThat(one(settings, "SHOW synchronous_commit")).isEqualTo("on");
      assertThat(one(settings, "SHOW data_checksums")).isEqualTo("on");
      assertThat(one(settings, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(one(settings, "SHOW unix_socket_directories")).isEmpty();
      assertThat(
              one(settings, "SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = 'aegis'"))
          .isEqualTo("SCRAM-SHA-256");
      assertThatThrownBy(
              () -> DriverManager.getConnection(settings.url(), settings.user(), "wrong"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
    }
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("password"))))
        .isEqualTo("rw-------");
  }

  @Test
  void refusesADirectoryThatIsInUse() {
    Path home = TestServer.freshHome();
    try (EmbeddedPostgres _ = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      assertThatThrownBy(() -> EmbeddedPostgres.start(home, TestServer.BINARIES))
          .isInstanceOf(StoreException.Rejected.class)
          .hasMessageContaining(
              "another gateway (process " + ProcessHandle.current().pid() + ") uses the data")
          .hasMessageContaining(home.getFileName().toString());
    }
  }

  @Test
  void comesBackByItselfWhenItIsKilled() throws Exception {
    Path home = TestServer.freshHome();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      DatabaseSettings settings = server.database("kept");
      execute(settings, "CREATE TABLE t AS SELECT 42 AS answer");
      for (int round = 0; round < 3; round++) {
        ProcessHandle killed = process(home);
        assertThat(killed.destroyForcibly()).isTrue();
        killed.onExit().get(10, TimeUnit.SECONDS);
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> one(settings, "SELECT answer FROM t").equals("42"));
        assertThat(process(home).pid()).isNotEqualTo(killed.pid());
        // It takes connections a moment before its supervisor notices.
        await().atMost(Duration.ofSeconds(10)).until(server::alive);
      }
    }
    assertThat(home.resolve("data/postmaster.pid")).doesNotExist();
  }

  private static ProcessHandle process(Path home) throws IOException {
    long pid = Long.parseLong(Files.readAllLines(home.resolve("data/postmaster.pid")).getFirst());
    return ProcessHandle.of(pid).orElseThrow();
  }

  @Test
  void startsOverAStalePidFileThatNamesAnotherProcess() throws SQLException, IOException {
    Path home = TestServer.freshHome();
    EmbeddedPostgres.start(home, TestServer.BINARIES).close();
    Files.writeString(
        home.resolve("data/postmaster.pid"), ProcessHandle.current().pid() + "\n/elsewhere\n");
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      assertThat(one(server.database("aegis"), "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void leavesNoOrphanBehindAKilledGateway() throws Exception {
    Path home = TestServer.freshHome();
    Process gateway =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                StartAndWait.class.getName(),
                home.toString(),
                TestServer.BINARIES.toString())
            .inheritIO()
            .start();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> Files.exists(home.resolve("up")) || !gateway.isAlive());
    assertThat(gateway.isAlive()).isTrue();
    long server =
        Long.parseLong(Files.readAllLines(home.resolve("data/postmaster.pid")).getFirst());
    assertThat(ProcessHandle.of(server)).isPresent();

    assertThat(gateway.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue();

    try (EmbeddedPostgres next = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      assertThat(ProcessHandle.of(server).filter(ProcessHandle::isAlive)).isEmpty();
      assertThat(one(next.database("kept"), "SELECT answer FROM t")).isEqualTo("42");
    }
  }

  /// The gateway to be killed.
  static final class StartAndWait {
    private StartAndWait() {}

    public static void main(String[] arguments) throws Exception {
      Path home = Path.of(arguments[0]);
      EmbeddedPostgres server = EmbeddedPostgres.start(home, Path.of(arguments[1]));
      execute(server.database("kept"), "CREATE TABLE t AS SELECT 42 AS answer");
      Files.createFile(home.resolve("up"));
      new java.util.concurrent.CountDownLatch(1).await();
    }
  }

  private static void execute(DatabaseSettings settings, String sql) throws SQLException {
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(DatabaseSettings settings, String sql) throws SQLException {
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), settings.password());
  }
}
