package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One database belongs to one gateway.
final class DatabaseIT {
  private static final String GATEWAY_LOCK = "7018129296931645303";

  private DatabaseSettings settings;
  private Database database;

  @BeforeEach
  void open() {
    settings = TestServer.freshDatabase().withPool(2, Duration.ofSeconds(1));
    database = Database.open(settings);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void isHealthyAndTakesALostLockAgain() throws SQLException {
    assertThat(database.healthy()).isTrue();
    terminate("aegis-gateway-lock");
    try (Connection other = Database.connect(settings, "other")) {
      // The lock is free for a moment, and somebody else has it.
      await()
          .until(() -> one(other, "SELECT pg_try_advisory_lock(" + GATEWAY_LOCK + ")::int") == 1);
      assertThat(database.healthy()).isFalse();
    }
    await().until(database::healthy);
    try (Connection other = Database.connect(settings, "other")) {
      assertThat(one(other, "SELECT pg_try_advisory_lock(" + GATEWAY_LOCK + ")::int")).isZero();
    }
  }

  @Test
  void isNotHealthyWhileItsLockWasGivenAway() throws SQLException {
    try (Connection other = Database.connect(settings, "other")) {
      assertThat(database.healthy()).isTrue();
      terminate("aegis-gateway-lock");
      await()
          .until(() -> one(other, "SELECT pg_try_advisory_lock(" + GATEWAY_LOCK + ")::int") == 1);
      assertThat(database.healthy()).isFalse();
      assertThatThrownBy(() -> database.holdLock())
          .isInstanceOf(StoreException.Rejected.class)
          .hasMessageContaining("another gateway uses the database");
    }
  }

  @Test
  void cannotBeOpenedByAnotherWhileAnyConnectionOfTheFirstLives() throws SQLException {
    terminate("aegis-gateway-lock");
    assertThatThrownBy(() -> Database.open(settings))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("another gateway uses the database");
    assertThat(database.healthy()).isTrue();
  }

  @Test
  void isUnavailableWhereItGoesAwayBeforeItsPoolIsOpen() throws SQLException {
    database.close();
    try (Connection other = Database.connect(settings, "other");
        Statement statement = other.createStatement()) {
      // The first thing that a connection of the pool does.
      statement.execute(
          "CREATE OR REPLACE FUNCTION join_journal(journal bigint) RETURNS void LANGUAGE plpgsql"
              + " AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$");
    }
    assertThatThrownBy(() -> Database.open(settings))
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageStartingWith("cannot open " + settings.url() + ": ");
  }

  @Test
  void aGatewayThatWasReplacedCannotWriteAnyMore() throws SQLException {
    try (Connection other = Database.connect(settings, "other");
        Statement statement = other.createStatement()) {
      // What another gateway does when it takes the journal over.
      statement.execute("UPDATE journals SET state = 'taken-over' WHERE state = 'open'");
    }
    terminate("aegis-gateway");
    terminate("aegis-gateway-lock");
    assertThat(database.healthy()).isFalse();
    assertThatThrownBy(() -> database.holdLock())
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("another gateway has taken over journal");
    assertThatThrownBy(() -> database.connect("writer"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("another gateway has taken over journal");
    assertThatThrownBy(() -> database.run("write", connection -> connection.isValid(1)))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void canBeOpenedAgainAfterItWasClosed() {
    database.close();
    database = Database.open(settings);
    assertThat(database.healthy()).isTrue();
  }

  @Test
  void saysAtOnceThatADatabaseCannotBeReached() {
    DatabaseSettings nowhere =
        DatabaseSettings.of("jdbc:postgresql://127.0.0.1:1/none", "me", "geheim");
    assertThatThrownBy(() -> Database.open(nowhere))
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageContaining("cannot open jdbc:postgresql://127.0.0.1:1/none")
        .hasMessageContaining("refused")
        .satisfies(e -> assertThat(e.toString()).doesNotContain("geheim"));
  }

  @Test
  void givesUpWhatTakesTooLongAndDoesNotCallThatAnErrorOfTheDatabase() {
    assertThatThrownBy(() -> sleep(Duration.ofMillis(50)))
        .isInstanceOf(StoreException.TooLong.class)
        .hasMessage("cannot sleep in time");
    assertThat(database.state().unavailable()).isZero();
    assertThat(database.state().rejected()).isZero();
    assertThat(
            database.<Long>run(
                "look",
                c ->
                    one(
                        c,
                        "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")))
        .as("the limit is over with the transaction")
        .isZero();
    assertThat(
            database.<Boolean>inTime(
                "look",
                Duration.ofSeconds(20),
                (c, limit) -> {
                  limit.set(c);
                  return one(c, "SELECT 1") == 1;
                }))
        .isTrue();
  }

  /// Each fetch has all the time at the server.
  @Test
  void countsTheFetchesOfACursorTogether() {
    assertThatThrownBy(() ->
            database.<Long>inTime(
                "count",
                Duration.ofMillis(300),
                (connection, limit) -> {
                  limit.set(connection);
                  try (Statement statement = connection.createStatement()) {
                    statement.setFetchSize(1);
                    long rows = 0;
                    try (ResultSet row =
                        statement.executeQuery(
                            "SELECT pg_sleep(0.02) FROM generate_series(1, 500)")) {
                      while (row.next()) {
                        limit.check();
                        rows++;
                      }
                    }
                    return rows;
                  }
                }))
        .isInstanceOf(StoreException.TooLong.class);
  }

  @Test
  void longQuestionsLeaveHalfOfThePoolToOthers() throws Exception {
    CountDownLatch asking = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> first =
          threads.submit(() ->
              database.<Boolean>inTime(
                  "ask",
                  OpenJournal.PATIENCE,
                  (_, _) -> {
                    asking.countDown();
                    return awaited(done);
                  }));
      assertThat(asking.await(30, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> sleep(Duration.ofMillis(50)))
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining("too many ask at once");
      assertThat(database.<Long>run("log in", c -> one(c, "SELECT 1"))).isEqualTo(1);
      done.countDown();
      assertThat(first.get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThatThrownBy(() -> sleep(Duration.ofMillis(50)))
        .isInstanceOf(StoreException.TooLong.class);
  }

  private void sleep(Duration most) {
    database.<Long>inTime(
        "sleep",
        most,
        (connection, limit) -> {
          limit.set(connection);
          return one(connection, "SELECT length(pg_sleep(20)::text)");
        });
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void terminate(String application) throws SQLException {
    try (Connection connection = Database.connect(settings, "test")) {
      assertThat(
              one(
                  connection,
                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                      + " datname = current_database() AND application_name = '"
                      + application
                      + "'"))
          .isPositive();
    }
  }

  private static long one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
