package dev.aegis.store;

import static dev.aegis.store.MessageStatus.DEAD;
import static dev.aegis.store.MessageStatus.DELIVERED;
import static dev.aegis.store.MessageStatus.EXPIRED;
import static dev.aegis.store.MessageStatus.MOVED;
import static dev.aegis.store.MessageStatus.PROCESSED;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.audit.TrailVerifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// How long the trail and settled messages are kept, and what is erased before.
final class TrailKeepingIT {
  private final OpenTrail trail = new OpenTrail();

  @AfterEach
  void close() {
    trail.close();
  }

  @Test
  void whatIsOverIsDroppedAndWhatIsKeptVerifies() throws SQLException {
    trail.agents("left", "a1");
    long now = System.currentTimeMillis();
    new RetentionStore(trail.open.database, Retention.FOREVER).set("left", Retention.DAYS_30);
    TrailPartitions partitions = new TrailPartitions(trail.open.database);
    long old = now - Duration.ofDays(40).toMillis();
    partitions.maintain(old);
    try (EventTrail events = trail.events(InstantSource.fixed(Instant.ofEpochMilli(old)))) {
      events.action("left", "admin", "old", "a1", null);
    }
    new TrailSigner(
            trail.open.database,
            OpenTrail.KEY,
            Clock.fixed(Instant.ofEpochMilli(old), ZoneOffset.UTC))
        .sign();
    try (EventTrail events = trail.events(InstantSource.fixed(Instant.ofEpochMilli(now)))) {
      events.action("left", "admin", "new", "a1", null);
    }
    trail.sign();
    assertThat(trail.open.number("SELECT count(*) FROM audit_pages_30_rest WHERE stream = 2"))
        .as("no partition was there for today")
        .isOne();
    assertThat(trail.verify("left", 0).entries()).isEqualTo(2);

    partitions.maintain(now);
    assertThat(trail.entries(OpenTrail.query().of("left")).stream().map(AuditEntry::type))
        .containsExactly("new");
    TrailVerifier.Result result = trail.check("left", Retention.DAYS_30.keptFrom(now));
    assertThat(result.problems()).isEmpty();
    assertThat(result.notes()).anySatisfy(n -> assertThat(n).contains("begins with page 2"));
    assertThat(
            trail.open.number(
                "SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\\_pages\\_30\\_2%'"
                    + " AND relkind = 'r'"))
        .isLessThan(8);
  }

  @Test
  void whatFoundNoPartitionMovesIntoItsOwnAndVerifies() throws SQLException {
    trail.agents("left", "a1");
    long now = System.currentTimeMillis();
    new RetentionStore(trail.open.database, Retention.FOREVER).set("left", Retention.DAYS_30);
    long before = now - Duration.ofDays(2).toMillis();
    for (long at : new long[] {before, before, now}) {
      try (EventTrail events = trail.events(InstantSource.fixed(Instant.ofEpochMilli(at)))) {
        events.action("left", "admin", "at-" + at, "a1", null);
      }
    }
    trail.sign();
    String strays = "SELECT count(*) FROM audit_pages_30_rest WHERE stream = 2";
    assertThat(trail.open.number(strays)).isEqualTo(3);

    List<String> said =
        saidWhile(() -> {
          TrailPartitions narrow = new TrailPartitions(trail.open.database, 10);
          narrow.maintain(now);
          narrow.maintain(now);
        });
    assertThat(said)
        .as("more than may be moved stays where it is found")
        .contains("the audit trail: cannot make " + name(before))
        .doesNotHaveDuplicates();
    assertThat(trail.open.number(strays)).isEqualTo(3);

    new TrailPartitions(trail.open.database).maintain(now);
    assertThat(trail.open.number("SELECT count(*) FROM audit_pages_30_rest")).isZero();
    assertThat(trail.open.number("SELECT count(*) FROM " + name(before) + " WHERE stream = 2"))
        .isEqualTo(2);
    assertThat(trail.entries(OpenTrail.query().of("left")).stream().map(AuditEntry::type))
        .containsExactly("at-" + before, "at-" + before, "at-" + now);
    assertThat(trail.verify("left", 0).entries()).isEqualTo(3);
  }

  private static String name(long atMillis) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(atMillis), ZoneOffset.UTC);
    return "audit_pages_30_" + DateTimeFormatter.BASIC_ISO_DATE.format(day);
  }

  @Test
  void settledMessagesAreDeletedWhenTheirTimeIsOverAndOthersNever() throws SQLException {
    trail.agents("left", "a1");
    long now = Duration.ofDays(100).toMillis();
    Accept done = trail.open.commit(OpenJournal.message("a1", "a1", "done").build());
    trail.open.progress(done, DELIVERED, null, 2_000);
    trail.open.progress(done, PROCESSED, null, 3_000);
    Accept waiting = trail.open.commit(OpenJournal.message("a1", "a1", "waiting").build());
    Accept dead = trail.open.commit(OpenJournal.message("a1", "a1", "dead").build());
    trail.open.progress(dead, DEAD, "no", 3_000);
    trail.open.journal.awaitProjected();

    RetentionStore retention = new RetentionStore(trail.open.database, Retention.FOREVER);
    assertThat(retention.purge(now)).isZero();
    assertThat(retention.set("left", Retention.DAYS_90)).isTrue();
    assertThat(retention.set("nowhere", Retention.DAYS_90)).isFalse();
    assertThat(retention.find("left")).contains(Retention.DAYS_90);
    assertThat(retention.purge(now)).isOne();
    assertThat(trail.open.messages.find(done.id())).isEmpty();
    assertThat(trail.open.messages.find(waiting.id())).isPresent();
    assertThat(trail.open.messages.find(dead.id())).isPresent();
    assertThat(trail.story(done.id())).hasSize(3);
    trail.open.commit(new Discard("a1", dead.mailboxEpoch(), dead.sequence(), 4_000, null));
    trail.open.journal.awaitProjected();
    assertThat(retention.purge(now)).isOne();
    assertThat(trail.open.number("SELECT count(*) FROM message_delivery_log")).isZero();
  }

  @Test
  void whatIsErasedHasNoPayloadAndKeepsItsTrail() throws SQLException {
    Accept done = trail.open.commit(OpenJournal.message("alice", "bob", "secret").build());
    Erasure erasure = new Erasure(trail.open.database, InstantSource.system());
    trail.open.journal.awaitProjected();
    assertThat(erasure.erase(stored(done))).isEqualTo(Erasure.Standing.NOT_SETTLED);
    trail.open.progress(done, PROCESSED, null, 3_000);
    trail.open.journal.awaitProjected();
    WebhookLogStore posted = new WebhookLogStore(trail.open.database, TestServer.CIPHER);
    posted.append(
        List.of(
            new WebhookDelivery(
                0,
                "bob",
                done.id(),
                1,
                2_000,
                5,
                WebhookDelivery.Status.SUCCESS,
                200,
                "the secret's answer",
                false,
                null)));

    assertThat(erasure.erase(stored(done))).isEqualTo(Erasure.Standing.SETTLED);
    assertThat(erasure.erase(stored(done))).isEqualTo(Erasure.Standing.SETTLED);
    assertThat(posted.ofMessage(done.id()))
        .singleElement()
        .satisfies(attempt -> {
          assertThat(attempt.responseBody()).isNull();
          assertThat(attempt.responseCode()).isEqualTo(200);
        });
    StoredMessage left = trail.open.messages.find(done.id()).orElseThrow();
    assertThat(left.erased()).isTrue();
    assertThat(left.status()).isEqualTo(PROCESSED);
    assertThat(trail.open.number("SELECT sum(length(encrypted_payload)) FROM message_queue"))
        .isZero();
    assertThat(trail.story(done.id())).containsExactly("1000 accepted", "3000 processed");
  }

  /// Work has a row in its pool and one of each agent that it moved on from.
  @Test
  void workIsDeletedWithAllItsRowsOnceItIsOver() throws SQLException {
    trail.agents("left", "a1", "b1");
    long now = Duration.ofDays(100).toMillis();
    RetentionStore retention = new RetentionStore(trail.open.database, Retention.DAYS_90);
    Accept expired = trail.open.commit(work());
    trail.open.progress(expired, EXPIRED, "expired", 3_000);
    Accept work = moved(trail.open.commit(work()), "a1", "b1");
    Accept named = trail.open.commit(OpenJournal.message("a1", "a1", "other").build());
    trail.open.progress(named, PROCESSED, null, 3_000);
    trail.open.journal.awaitProjected();
    assertThat(moves().settle()).isEqualTo(2);

    assertThat(retention.purge(now)).as("what an agent still has is kept as a whole").isEqualTo(2);
    assertThat(trail.open.messages.find(expired.id())).isEmpty();
    assertThat(trail.open.messages.history(work.id())).hasSize(3);
    trail.open.progress(work, PROCESSED, null, 4_000);
    trail.open.journal.awaitProjected();
    assertThat(retention.purge(now)).isEqualTo(3);
    assertThat(trail.open.number("SELECT count(*) FROM message_queue")).isZero();
    assertThat(trail.open.messages.find(work.id())).isEmpty();
  }

  @Test
  void workIsErasedInAllItsRows() throws SQLException {
    trail.agents("left", "a1", "b1");
    Erasure erasure = new Erasure(trail.open.database, InstantSource.system());
    Accept between = trail.open.commit(work());
    trail.open.progress(between, MOVED, "a1", 2_000);
    assertThat(erasure.standing(stored(between)))
        .as("a1 is about to get it")
        .isEqualTo(Erasure.Standing.NOT_SETTLED);
    assertThat(erasure.erase(stored(between))).isEqualTo(Erasure.Standing.NOT_SETTLED);
    Accept expired = trail.open.commit(work());
    trail.open.progress(expired, EXPIRED, "expired", 3_000);
    Accept work = moved(trail.open.commit(work()), "a1", "b1");
    assertThat(erasure.erase(stored(work))).isEqualTo(Erasure.Standing.NOT_SETTLED);
    trail.open.progress(work, PROCESSED, null, 4_000);

    assertThat(erasure.standing(stored(work))).isEqualTo(Erasure.Standing.SETTLED);
    assertThat(erasure.erase(stored(work))).isEqualTo(Erasure.Standing.SETTLED);
    assertThat(erasure.erase(stored(expired))).isEqualTo(Erasure.Standing.SETTLED);
    assertThat(
            trail.open.number(
                "SELECT sum(length(encrypted_payload)) FROM message_queue WHERE id <> '"
                    + between.id()
                    + "'"))
        .isZero();
    assertThat(moves().moving(4_000_000_000_000L, null, 10))
        .as("what is erased is not moved again")
        .extracting(move -> move.message().id())
        .containsExactly(between.id());
    assertThat(stored(work).recipient()).isEqualTo("b1");
    assertThat(stored(work).erased()).isTrue();
  }

  private StoredMessage stored(Accept accept) {
    return trail.open.messages.find(accept.id()).orElseThrow();
  }

  private CapabilityStore moves() {
    return new CapabilityStore(trail.open.database, TestServer.CIPHER, InstantSource.system());
  }

  private static Accept work() {
    return OpenJournal.message("a1", PoolName.all("left").get(3), UUID.randomUUID().toString())
        .routedTo("cap:scan")
        .build();
  }

  /// @return as the last of these agents has it
  private Accept moved(Accept work, String... agents) {
    Accept at = work;
    for (String agent : agents) {
      trail.open.progress(at, MOVED, agent, 2_000);
      at = trail.open.commit(work.to(agent, null));
    }
    return at;
  }

  @Test
  void whatCannotBeKeptInOrderIsSaidOnce() throws SQLException {
    long now = System.currentTimeMillis();
    TrailPartitions partitions = new TrailPartitions(trail.open.database);
    partitions.maintain(now);
    assertThat(
            saidWhile(() -> {
              try (Connection _ = trail.open.lockTable("audit_pages_30_rest")) {
                partitions.maintain(now);
              }
            }))
        .as("there will be another moment")
        .isEmpty();
    String name = name(now + Duration.ofDays(4).toMillis());
    trail.execute("CREATE TABLE " + name + " (in_the_way integer)");
    long tomorrow = now + Duration.ofDays(1).toMillis();
    assertThat(
            saidWhile(() -> {
              partitions.maintain(tomorrow);
              partitions.maintain(tomorrow);
            }))
        .containsExactly("the audit trail: cannot make " + name);
  }

  private interface Work {
    void run() throws SQLException;
  }

  /// The warnings of meanwhile.
  private static List<String> saidWhile(Work work) throws SQLException {
    Logger logger = (Logger) LoggerFactory.getLogger(TrailPartitions.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try {
      work.run();
    } finally {
      logger.detachAppender(said);
    }
    return said.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}
