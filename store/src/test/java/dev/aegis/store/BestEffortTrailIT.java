package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.TrailVerifier;
import java.sql.Connection;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Best-effort messages in the trail.
final class BestEffortTrailIT {
  private static final long AT = 1_767_323_045_678L;
  private static final int BYTES = 64 << 20;

  private final OpenTrail trail = new OpenTrail();

  @AfterEach
  void close() {
    trail.close();
  }

  @Test
  void aMessageIsInTheTrailsOfBothOrganizationsAndWhatWaitsIsWrittenAtTheEnd() throws Exception {
    trail.agents("left", "a1", "a2");
    trail.agents("right", "b1");
    TrailQueue queue = new TrailQueue(100_000, BYTES);
    UUID across = UUID.randomUUID();
    UUID within = UUID.randomUUID();
    UUID toMany = UUID.randomUUID();
    try (BestEffortTrail _ = trail.passedOn(queue)) {
      keep(queue, "left", "b1", message(across, "a1", "b1"));
      keep(queue, "left", "a2", message(within, "a1", "a2"));
      keep(queue, "left", null, message(toMany, "a2", "topic:a.b"));
      place(queue, "left", "a2", message(UUID.randomUUID(), "a1", "a2")).settle(false);
      for (int i = 0; i < 5_000; i++) {
        keep(queue, "left", null, message(UUID.randomUUID(), "a2", "topic:many"));
      }
    }
    assertThat(queue.taken()).isZero();
    assertThat(trail.open.number("SELECT max(entries) FROM audit_pages"))
        .isLessThanOrEqualTo(4_096);
    assertThat(sum("left")).isEqualTo(5_003);
    assertThat(sum("right")).isOne();
    assertThat(trail.ids(OpenTrail.query().of("right"))).containsExactly(across);
    assertThat(trail.ids(OpenTrail.query().agent("a1"))).contains(across, within).hasSize(3);
    assertThat(trail.ids(OpenTrail.query().recipient("topic:a.b"))).containsExactly(toMany);
    assertThat(trail.entries(OpenTrail.query().of("right")))
        .singleElement()
        .usingRecursiveComparison()
        .isEqualTo(message(across, "a1", "b1"));

    trail.sign();
    TrailVerifier.Result whole = trail.verify("left", 0);
    assertThat(whole.notes()).noneMatch(note -> note.contains("not signed for"));
    trail.execute(
        "UPDATE audit_pages SET body = body || '\\x00' WHERE stream = 3 AND number = 1"
            + " AND organization = 'right'");
    assertThat(trail.check("right", 0).problems())
        .anySatisfy(problem -> assertThat(problem).contains("/best-effort/").contains("page 1"));
    trail.execute("DELETE FROM audit_pages WHERE stream = 3 AND organization = 'left'");
    assertThat(trail.check("left", 0).problems())
        .anySatisfy(problem -> assertThat(problem).contains("/best-effort/").contains("missing"));
  }

  @Test
  void thereIsNoRoomWhileTheDatabaseDoesNotWriteAndThereIsAgainAfterwards() throws Exception {
    trail.agents("left", "a1");
    TrailQueue queue = new TrailQueue(3, BYTES);
    try (BestEffortTrail _ = trail.passedOn(queue)) {
      try (Connection _ = trail.open.lockTable("audit_pages")) {
        for (int i = 0; i < 3; i++) {
          keep(queue, "left", null, message(UUID.randomUUID(), "a1", "*"));
        }
        await()
            .atMost(OpenJournal.PATIENCE)
            .until(() ->
                trail.open.number(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            + " AND datname = current_database()")
                    == 1);
        assertThat(queue.take("left", null, message(UUID.randomUUID(), "a1", "*"))).isNull();
      }
      await().atMost(OpenJournal.PATIENCE).until(() -> queue.taken() == 0);
      keep(queue, "left", null, message(UUID.randomUUID(), "a1", "*"));
    }
    assertThat(sum("left")).isEqualTo(4);
    assertThat(queue.refused()).isOne();
    trail.sign();
    trail.verify("left", 0);
  }

  @Test
  void whatTheDatabaseRefusesIsCountedInBothTrails() throws Exception {
    trail.agents("left", "a1");
    trail.agents("right", "b1");
    TrailQueue queue = new TrailQueue(100, BYTES);
    try (BestEffortTrail _ = trail.passedOn(queue)) {
      trail.execute("ALTER TABLE audit_pages ADD CONSTRAINT refused CHECK (stream <> 3) NOT VALID");
      keep(queue, "left", "b1", message(UUID.randomUUID(), "a1", "b1"));
      keep(queue, "left", "a1", message(UUID.randomUUID(), "a1", "a1"));
      await().atMost(OpenJournal.PATIENCE).until(() -> queue.taken() == 0);
      trail.execute("ALTER TABLE audit_pages DROP CONSTRAINT refused");
      keep(queue, "left", "a1", message(UUID.randomUUID(), "a1", "a1"));
    }
    assertThat(lost("left")).isEqualTo("2");
    assertThat(lost("right")).isEqualTo("1");
  }

  private @Nullable String lost(String organization) {
    return trail
        .entries(OpenTrail.query().of(organization).event(AuditEvent.LOST))
        .getFirst()
        .reason();
  }

  private long sum(String organization) throws Exception {
    return trail.open.number(
        "SELECT sum(entries) FROM audit_pages WHERE stream = 3 AND organization = '"
            + organization
            + "'");
  }

  private static void keep(
      TrailQueue queue, String organization, @Nullable String agent, AuditEntry entry) {
    place(queue, organization, agent, entry).settle(true);
  }

  private static TrailQueue.Place place(
      TrailQueue queue, String organization, @Nullable String agent, AuditEntry entry) {
    return Objects.requireNonNull(queue.take(organization, agent, entry));
  }

  private static AuditEntry message(UUID id, String sender, String recipient) {
    return new AuditEntry(
        AuditEvent.ACCEPTED,
        AT,
        id,
        sender,
        recipient,
        "note",
        "best-effort",
        null,
        null,
        0,
        0,
        200,
        2,
        new byte[32]);
  }
}
