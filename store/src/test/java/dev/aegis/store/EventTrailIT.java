package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Sessions and actions in the trail.
final class EventTrailIT {
  private static final long STANDS_STILL = 4_711;

  private final OpenTrail trail = new OpenTrail();

  @AfterEach
  void close() {
    trail.close();
  }

  @Test
  void actionsAreOnDiskWhenTheyAreAnsweredAndSessionsSoonAfter() throws SQLException {
    trail.agents("left", "a1");
    try (EventTrail events =
        trail.events(InstantSource.fixed(Instant.ofEpochMilli(1_767_323_045_678L)))) {
      events.session(AuditEvent.SESSION_OPENED, "left", "a1", 7, null);
      events.action("left", "api.ops", "key-created", "back'; DROP TABLE audit_log; --", "x=\0");
      events.action(null, "admin", "agent-revoked", "a1", null);
      events.action(null, "admin", "cluster", "all", null);

      assertThat(trail.entries(OpenTrail.query().of("left")).stream().map(OpenTrail::shown))
          .containsExactly(
              "1767323045678 session-opened",
              "1767323045678 action x=\uFFFD",
              "1767323045678 action");
      assertThat(trail.entries(OpenTrail.query().of(Chain.GATEWAY)))
          .singleElement()
          .satisfies(e -> {
            assertThat(e.type()).isEqualTo("cluster");
          });
      assertThat(trail.open.number("SELECT count(*) FROM audit_log WHERE actor = 'api.ops'"))
          .isOne();
      assertThatThrownBy(() -> events.action("left", "admin", "x", "a1", "d".repeat(1_025)))
          .isInstanceOf(StoreException.Rejected.class);
      assertThat(trail.entries(OpenTrail.query().of("left"))).hasSize(3);
    }
    trail.sign();
  }

  @Test
  void anActionThatCannotBeKeptIsNotAnswered() throws SQLException {
    try (EventTrail events =
        EventTrail.start(
            trail.open.database,
            TrailSettings.defaults(),
            InstantSource.system(),
            Duration.ofMillis(300))) {
      try (Connection _ = trail.open.lockTable("audit_chains")) {
        assertThatThrownBy(() -> events.action("left", "admin", "x", "y", null))
            .isInstanceOf(StoreException.Unavailable.class);
      }
    }
  }

  /// The database has all that it needs to commit, and stands still for so long that the gateway
  /// gives the connection up and tries again.
  @Test
  void aPageIsThereOnceWhenItsCommitIsAnsweredByNobody() throws Exception {
    trail.agents("left", "a1");
    trail.execute(
        "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " PERFORM pg_advisory_xact_lock_shared("
            + STANDS_STILL
            + "); RETURN NULL; END $$");
    trail.execute(
        "CREATE CONSTRAINT TRIGGER stands_still AFTER INSERT ON audit_log"
            + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stand_still()");
    DatabaseSettings patient = trail.open.settings;
    trail.open.close();
    String url = patient.url() + (patient.url().contains("?") ? "&" : "?") + "socketTimeout=2";
    trail.open =
        new OpenJournal(
            DatabaseSettings.of(url, patient.user(), patient.password()), OpenJournal.bounds());
    try (EventTrail events =
        EventTrail.start(
            trail.open.database,
            TrailSettings.defaults(),
            InstantSource.system(),
            OpenJournal.PATIENCE)) {
      CompletableFuture<Void> kept;
      try (Connection held = Database.connect(patient, "test");
          Statement statement = held.createStatement()) {
        statement.execute("SELECT pg_advisory_lock(" + STANDS_STILL + ")");
        kept = CompletableFuture.runAsync(() -> events.action("left", "admin", "held", "a1", null));
        String waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                + " AND datname = current_database()";
        await().atMost(OpenJournal.PATIENCE).until(() -> trail.open.number(waiting) == 2);
      }
      kept.get(OpenJournal.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      events.action("left", "admin", "next", "a1", null);
      assertThat(
              trail.entries(OpenTrail.query().of("left")).stream().map(AuditEntry::type).toList())
          .containsExactly("held", "next");
      trail.sign();
      trail.verify("left", 0);
    }
  }

  @Test
  void whatTheDatabaseRefusesIsCounted() throws SQLException {
    trail.agents("left", "a1");
    try (EventTrail events = trail.events(InstantSource.system())) {
      trail.execute("ALTER TABLE audit_pages ADD CONSTRAINT refused CHECK (stream <> 2) NOT VALID");
      events.session(AuditEvent.SESSION_OPENED, "left", "a1", 7, null);
      events.session(AuditEvent.SESSION_CLOSED, "left", "a1", 7, null);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> events.action("left", "admin", "refused", "a1", null))
            .isInstanceOf(StoreException.Rejected.class);
      }
      trail.execute("ALTER TABLE audit_pages DROP CONSTRAINT refused");
      events.action("left", "admin", "kept", "a1", null);
      assertThat(trail.entries(OpenTrail.query().of("left").event(AuditEvent.LOST)))
          .singleElement()
          .satisfies(lost -> assertThat(lost.reason()).isEqualTo("2"));
    }
  }
}
