package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PostgresJournalIT {
  private static final long NOW = System.currentTimeMillis();
  private static final JournalSettings SETTINGS =
      OpenJournal.bounds().withCommitRetry(Duration.ofMillis(300));

  private DatabaseSettings databaseSettings;
  private Database database;
  private RecordingListener listener;
  private PostgresJournal journal;
  private MessageStore messages;

  @BeforeEach
  void open() {
    databaseSettings = TestServer.freshDatabase();
    reopen();
  }

  private void reopen() {
    database = Database.open(databaseSettings);
    listener = new RecordingListener();
    journal = PostgresJournal.open(database, TestServer.CIPHER, SETTINGS, listener);
    messages = new PostgresMessageStore(database, TestServer.CIPHER, journal);
  }

  private void crash() {
    journal.abandon();
    database.close();
  }

  @AfterEach
  void close() {
    journal.close();
    database.close();
  }

  private static Accept accept(UUID id, String recipient, String text, int priority) {
    return Accept.of(id, "alice", recipient, text.getBytes(StandardCharsets.UTF_8))
        .routing(1, priority, 1)
        .type("note")
        .times(NOW, 0)
        .build();
  }

  private static Accept accept(String recipient, String text) {
    return accept(UUID.randomUUID(), recipient, text, 2);
  }

  private void offer(JournalEntry entry) {
    if (journal.offer(entry) != Offer.ACCEPTED) {
      await().until(() -> journal.offer(entry) == Offer.ACCEPTED);
    }
  }

  private void awaitCommitted(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> listener.committed.size() >= count);
  }

  @Test
  void reportsEverythingInOrderWithAscendingSequences() {
    for (int i = 0; i < 500; i++) {
      offer(accept("bob", "message " + i));
    }
    awaitCommitted(500);

    assertThat(listener.accepts())
        .extracting(Accept::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 500).boxed().toList());
    assertThat(listener.accepts()).extracting(Accept::outcome).containsOnly(Outcome.STORED);
    assertThat(journal.mailboxes().depth("bob").messages()).isEqualTo(500);
    assertThat(journal.mailboxes().depth("bob").nextSequence()).isEqualTo(501);
    assertThat(messages.pending("bob", PageCursor.START, 1_000))
        .extracting(message -> new String(message.envelope(), StandardCharsets.UTF_8))
        .containsExactlyElementsOf(LongStream.range(0, 500).mapToObj(i -> "message " + i).toList());
  }

  @Test
  void tellsRepeatsFromConflictsAlsoAfterARestart() {
    UUID id = UUID.randomUUID();
    offer(accept(id, "bob", "one", 2));
    offer(accept(id, "bob", "one", 2));
    offer(accept(id, "bob", "two", 2));
    offer(accept(id, "carol", "one", 2));
    awaitCommitted(4);
    assertThat(listener.accepts())
        .extracting(Accept::outcome)
        .containsExactly(Outcome.STORED, Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.STORED);
    assertThat(listener.accepts()).extracting(Accept::sequence).containsExactly(1L, 1L, 1L, 1L);

    for (boolean gently : new boolean[] {true, false}) {
      if (gently) {
        journal.close();
        database.close();
      } else {
        crash();
      }
      reopen();
      offer(accept(id, "bob", "one", 2));
      offer(accept(id, "bob", "two", 2));
      awaitCommitted(2);
      assertThat(listener.accepts())
          .extracting(Accept::outcome)
          .containsExactly(Outcome.DUPLICATE, Outcome.CONFLICT);
    }
    assertThat(messages.pending("bob", PageCursor.START, 10)).hasSize(1);
  }

  @Test
  void losesNothingThatWasReportedWhereverItCrashes() {
    Random random = new Random(7);
    Set<UUID> reported = new HashSet<>();
    Set<UUID> finished = new HashSet<>();
    long lastSequence = 0;
    for (int round = 0; round < 12; round++) {
      int enough = random.nextInt(1, 300);
      for (int i = 0; i < 400; i++) {
        offer(accept("bob", "round " + round + " message " + i));
        if (i == enough) {
          awaitCommitted(1);
          Accept some = listener.accepts().getFirst();
          offer(progress(some, MessageStatus.PROCESSED));
        }
      }
      awaitCommitted(enough);
      if (random.nextBoolean()) {
        messages.countByStatus();
      }
      crash();
      for (Accept accept : listener.accepts()) {
        assertThat(accept.sequence()).isGreaterThan(lastSequence);
        reported.add(accept.id());
      }
      lastSequence = listener.accepts().getLast().sequence();
      for (JournalEntry entry : listener.committed) {
        if (entry instanceof Progress progress) {
          listener.accepts().stream()
              .filter(accept -> accept.sequence() == progress.ranges()[0])
              .forEach(accept -> finished.add(accept.id()));
        }
      }
      reopen();
      Set<UUID> rows = new HashSet<>();
      List<StoredMessage> open = messages.pending("bob", PageCursor.START, 100_000);
      open.forEach(message -> rows.add(message.id()));
      Set<UUID> expected = new HashSet<>(reported);
      expected.removeAll(finished);
      expected.removeIf(id -> messages.find(id).orElseThrow().status() == MessageStatus.PROCESSED);
      assertThat(rows).containsAll(expected).doesNotContainAnyElementsOf(finished);
      assertThat(journal.mailboxes().depth("bob").messages()).isEqualTo(open.size());
    }
    assertThat(reported).hasSizeGreaterThan(1_000);
  }

  private static Progress progress(Accept accept, MessageStatus status) {
    return Progress.of(
        accept.recipient(), accept.mailboxEpoch(), accept.sequence(), status, null, NOW + 5, null);
  }

  @Test
  void writesWhatHappenedToAMessage() {
    offer(accept("bob", "processed"));
    offer(accept("bob", "dead"));
    awaitCommitted(2);
    Accept processed = listener.accepts().get(0);
    Accept dead = listener.accepts().get(1);
    offer(progress(processed, MessageStatus.DELIVERED));
    offer(progress(processed, MessageStatus.PROCESSED));
    offer(progress(processed, MessageStatus.EXPIRED));
    offer(progress(dead, MessageStatus.DELIVERED));
    awaitCommitted(6);
    assertThat(messages.find(dead.id()).orElseThrow().status()).isEqualTo(MessageStatus.DELIVERED);
    offer(progress(dead, MessageStatus.PENDING));
    offer(
        Progress.of(
            "bob", dead.mailboxEpoch(), dead.sequence(), MessageStatus.DEAD, "poison", NOW, null));
    awaitCommitted(8);

    StoredMessage first = messages.find(processed.id()).orElseThrow();
    assertThat(first.status()).isEqualTo(MessageStatus.PROCESSED);
    assertThat(first.deliveredAtMillis()).isEqualTo(NOW + 5);
    assertThat(first.processedAtMillis()).isEqualTo(NOW + 5);
    assertThat(first.acceptedAtMillis()).isEqualTo(NOW);
    StoredMessage second = messages.find(dead.id()).orElseThrow();
    assertThat(second.status()).isEqualTo(MessageStatus.DEAD);
    assertThat(second.reason()).isEqualTo("poison");
    assertThat(second.retryCount()).isEqualTo(1);
    assertThat(messages.history(dead.id()))
        .extracting(MessageEvent::status)
        .containsExactly(
            MessageStatus.PENDING,
            MessageStatus.DELIVERED,
            MessageStatus.PENDING,
            MessageStatus.DEAD);
    assertThat(messages.pending("bob", PageCursor.START, 10)).isEmpty();
    assertThat(journal.mailboxes().depth("bob").bytes()).isZero();
    assertThat(messages.countByStatus())
        .containsOnly(
            org.assertj.core.api.Assertions.entry(MessageStatus.PROCESSED, 1L),
            org.assertj.core.api.Assertions.entry(MessageStatus.DEAD, 1L));
  }

  @Test
  void whatSucceedsInTheEndHasNoReasonWheneverItsRowIsWritten() {
    offer(accept("bob", "row first"));
    offer(accept("bob", "row last"));
    awaitCommitted(2);
    Accept first = listener.accepts().get(0);
    Accept last = listener.accepts().get(1);
    offer(failed(first));
    awaitCommitted(3);
    assertThat(messages.find(first.id()).orElseThrow().reason()).isEqualTo("handler-failed");
    offer(failed(last));
    offer(progress(last, MessageStatus.PROCESSED));
    offer(progress(first, MessageStatus.PROCESSED));
    awaitCommitted(6);
    for (Accept accept : List.of(first, last)) {
      StoredMessage stored = messages.find(accept.id()).orElseThrow();
      assertThat(stored.status()).isEqualTo(MessageStatus.PROCESSED);
      assertThat(stored.failureCount()).isEqualTo(1);
      assertThat(stored.reason()).isNull();
    }
  }

  private static Progress failed(Accept accept) {
    return Progress.of(
        accept.recipient(),
        accept.mailboxEpoch(),
        accept.sequence(),
        MessageStatus.PENDING,
        "handler-failed",
        NOW + 1,
        null);
  }

  @Test
  void refusesWhileTheDatabaseIsGoneAndRecoversWithoutAHole() {
    journal.close();
    database.close();
    Path home = TestServer.freshHome();
    EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES);
    databaseSettings = server.database("outage");
    reopen();
    for (int i = 0; i < 50; i++) {
      offer(accept("bob", "before " + i));
    }
    awaitCommitted(50);

    server.close();
    Accept lost = accept("bob", "during");
    offer(lost);
    await().atMost(Duration.ofSeconds(30)).until(() -> listener.refused.contains(lost));
    assertThat(journal.offer(accept("bob", "refused at once"))).isEqualTo(Offer.UNAVAILABLE);
    assertThat(journal.state().available()).isFalse();

    try (EmbeddedPostgres _ = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      await().atMost(Duration.ofSeconds(60)).until(() -> journal.state().available());
      Accept again = accept(lost.id(), "bob", "during", 2);
      offer(again);
      awaitCommitted(51);
      assertThat(again.outcome()).isEqualTo(Outcome.STORED);
      assertThat(again.sequence()).isEqualTo(51);
      assertThat(messages.pending("bob", PageCursor.START, 100)).hasSize(51);
      crash();
      reopen();
      assertThat(messages.pending("bob", PageCursor.START, 100)).hasSize(51);
      offer(accept("bob", "after"));
      awaitCommitted(1);
      assertThat(listener.accepts().getFirst().sequence()).isEqualTo(52);
      journal.close();
      database.close();
    }
  }

  /// A segment that failed before it had a number makes none void: the last one is committed.
  @Test
  void keepsWhatIsCommittedWhenTheNextSegmentFailsBeforeItIsFormed() throws Exception {
    offer(accept("bob", "promised"));
    awaitCommitted(1);
    Accept refused = accept("bob", "refused");
    try (Connection other = Database.connect(databaseSettings, "test");
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE message_queue"); // nobody can look up a repeat, or write rows
      offer(refused);
      await().atMost(Duration.ofSeconds(30)).until(() -> listener.refused.contains(refused));
      await().atMost(Duration.ofSeconds(30)).until(() -> journal.state().available());
      Thread crash = Thread.startVirtualThread(journal::abandon);
      await().until(() -> journal.offer(accept("bob", "late")) == Offer.CLOSED);
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
      crash.join();
    }
    database.close();
    reopen();
    assertThat(messages.pending("bob", PageCursor.START, 10)).hasSize(1);
  }

  @Test
  void pagesByPriorityThenSequence() {
    for (int i = 0; i < 40; i++) {
      Accept accept = accept(UUID.randomUUID(), "bob", "m" + i, 3 - i % 4);
      offer(accept);
    }
    awaitCommitted(40);
    List<StoredMessage> paged = new ArrayList<>();
    PageCursor cursor = PageCursor.START;
    for (List<StoredMessage> page = messages.pending("bob", cursor, 7);
        !page.isEmpty();
        page = messages.pending("bob", cursor, 7)) {
      paged.addAll(page);
      cursor = PageCursor.after(page.getLast());
    }
    assertThat(paged).hasSize(40);
    assertThat(paged)
        .isSortedAccordingTo(
            java.util.Comparator.comparingInt(StoredMessage::priority)
                .thenComparingLong(StoredMessage::sequence));
  }
}
