package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A dead letter is settled once, whoever asks for it and whenever the gateway ends.
final class SettlementsIT {
  private OpenJournal open;
  private Accept letter;

  @BeforeEach
  void aMessageDies() {
    open = new OpenJournal(OpenJournal.bounds());
    letter = open.commit(OpenJournal.message("alice", "bob", "m").build());
    open.progress(letter, MessageStatus.DEAD, "timeout", 2_000);
    assertThat(deadLetters()).containsExactly(letter.sequence());
  }

  @AfterEach
  void close() {
    open.close();
  }

  @Test
  void aRedrivenLetterIsSettledInTheTransactionThatStoresItAnew() throws SQLException {
    Accept again = open.commit(redrive(letter));
    assertThat(again.outcome()).isEqualTo(Outcome.STORED);
    assertThat(again.sequence()).isEqualTo(letter.sequence() + 1);
    assertThat(deadLetters()).isEmpty();
    assertThat(open.messages.find(letter.id()).orElseThrow().sequence())
        .isEqualTo(again.sequence());
    assertThat(
            open.number(
                "SELECT (extract(epoch FROM redriven_at) * 1000)::bigint FROM"
                    + " message_queue WHERE sequence = "
                    + letter.sequence()))
        .isEqualTo(again.acceptedAtMillis());
    assertThat(open.commit(redrive(letter)).outcome()).isEqualTo(Outcome.SETTLED);
    assertThat(open.number("SELECT count(*) FROM message_queue")).isEqualTo(2);
    assertThat(open.journal.mailboxes().depth("bob").messages()).isOne();
  }

  @Test
  void oneOfManyAtTheSameMomentWinsWhileTheRowsAreBehind() throws SQLException {
    List<Accept> redriven = Stream.generate(() -> redrive(letter)).limit(300).toList();
    List<Discard> discards = Stream.generate(() -> discard(letter)).limit(300).toList();
    try (Connection _ = open.lockTable("journal_checkpoint")) {
      for (int i = 0; i < redriven.size(); i++) {
        offer(redriven.get(i));
        offer(discards.get(i));
      }
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() ->
              open.listener.committed.containsAll(redriven)
                  && open.listener.committed.containsAll(discards));
      assertThat(
              Stream.concat(
                      redriven.stream().map(Accept::outcome),
                      discards.stream().map(Discard::outcome))
                  .filter(outcome -> outcome == Outcome.STORED))
          .hasSize(1);
    }
    assertThat(deadLetters()).isEmpty();
    long discarded = discards.stream().filter(d -> d.outcome() == Outcome.STORED).count();
    assertThat(open.number("SELECT count(*) FROM message_queue WHERE redriven_at IS NOT NULL"))
        .isEqualTo(1 - discarded);
    assertThat(open.number("SELECT count(*) FROM message_queue WHERE reason = 'discarded'"))
        .isEqualTo(discarded);
    assertThat(open.messages.pending("bob", PageCursor.START, 10))
        .hasSize(Math.toIntExact(1 - discarded));
  }

  @Test
  void aRedriveThatWasNotYetRowsIsRememberedAfterACrash() throws SQLException {
    crashAfter(redrive(letter));
    assertThat(deadLetters()).isEmpty();
    assertThat(open.messages.pending("bob", PageCursor.START, 10))
        .singleElement()
        .satisfies(message -> assertThat(message.id()).isEqualTo(letter.id()));
    assertThat(open.commit(redrive(letter)).outcome()).isEqualTo(Outcome.SETTLED);
    assertThat(open.commit(discard(letter)).outcome()).isEqualTo(Outcome.SETTLED);
    assertThat(open.messages.pending("bob", PageCursor.START, 10)).hasSize(1);
  }

  @Test
  void aDiscardThatWasNotYetRowsIsRememberedAfterACrash() throws SQLException {
    crashAfter(discard(letter));
    StoredMessage discarded = open.messages.find(letter.id()).orElseThrow();
    assertThat(discarded.status()).isEqualTo(MessageStatus.FAILED);
    assertThat(discarded.reason()).isEqualTo("discarded");
    assertThat(deadLetters()).isEmpty();
    assertThat(open.commit(discard(letter)).outcome()).isEqualTo(Outcome.SETTLED);
    assertThat(open.commit(redrive(letter)).outcome()).isEqualTo(Outcome.SETTLED);
    assertThat(open.messages.pending("bob", PageCursor.START, 10)).isEmpty();
  }

  @Test
  void whatDiesAgainCanBeRedrivenAgain() {
    Accept last = letter;
    for (int life = 0; life < 3; life++) {
      Accept next = open.commit(redrive(last));
      assertThat(next.outcome()).isEqualTo(Outcome.STORED);
      assertThat(open.commit(redrive(next)).outcome()).as("it lives").isEqualTo(Outcome.SETTLED);
      open.progress(next, MessageStatus.DEAD, "timeout", 4_000);
      assertThat(deadLetters()).containsExactly(next.sequence());
      assertThat(open.commit(redrive(last)).outcome()).isEqualTo(Outcome.SETTLED);
      last = next;
    }
    assertThat(open.commit(discard(last)).outcome()).isEqualTo(Outcome.STORED);
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void whatWasRefusedCanBeSettledAfterwards() throws SQLException {
    reopen(OpenJournal.bounds().withCommitRetry(Duration.ofMillis(300)));
    Accept refused = redrive(letter);
    Discard refusedToo = discard(letter);
    try (Connection _ = open.lockTable("journal")) {
      offer(refused);
      offer(refusedToo);
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() -> open.listener.refused.containsAll(List.of(refused, refusedToo)));
    }
    await().atMost(OpenJournal.PATIENCE).until(() -> open.journal.state().available());
    assertThat(deadLetters()).containsExactly(letter.sequence());
    assertThat(open.commit(redrive(letter)).outcome()).isEqualTo(Outcome.STORED);
    assertThat(deadLetters()).isEmpty();
  }

  private void reopen(JournalSettings bounds) {
    open.close();
    open = new OpenJournal(open.settings, bounds);
  }

  /// The gateway ends when the settlement is committed and cannot have become rows.
  private void crashAfter(JournalEntry settlement) throws SQLException {
    execute("ALTER TABLE journal_checkpoint RENAME TO hidden");
    open.commit(settlement);
    open.journal.abandon();
    open.database.close();
    execute("ALTER TABLE hidden RENAME TO journal_checkpoint");
    assertThat(open.number("SELECT count(*) FROM journal")).isPositive();
    assertThat(
            open.number(
                "SELECT count(*) FROM message_queue WHERE status = 'dead' AND redriven_at IS NULL"))
        .isOne();
    open = new OpenJournal(open.settings, OpenJournal.bounds());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = Database.connect(open.settings, "test");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void offer(JournalEntry entry) {
    if (open.journal.offer(entry) != Offer.ACCEPTED) {
      await().atMost(OpenJournal.PATIENCE).until(() -> open.journal.offer(entry) == Offer.ACCEPTED);
    }
  }

  private List<Long> deadLetters() {
    return open.messages.deadLetters(null, null, DeadLetter.Cursor.before(9_000), 10).stream()
        .map(dead -> dead.message().sequence())
        .toList();
  }

  private static Accept redrive(Accept letter) {
    return Accept.of(letter.id(), letter.sender(), letter.recipient(), letter.envelope())
        .routing(1, 2, 1)
        .type("note")
        .times(3_000, 0)
        .redrives(letter.mailboxEpoch(), letter.sequence())
        .build();
  }

  private static Discard discard(Accept letter) {
    return new Discard(letter.recipient(), letter.mailboxEpoch(), letter.sequence(), 5_000, null);
  }

  @Test
  void aRedrivenLetterIsListedAsWhatItIsNow() {
    open.commit(redrive(letter));
    assertThat(listed(null)).containsExactly("pending 3000");
    assertThat(listed(MessageStatus.DEAD)).isEmpty();
  }

  private List<String> listed(@Nullable MessageStatus status) {
    MessageFilter filter =
        new MessageFilter(null, null, "bob", null, null, status, 0, MessageFilter.NO_END);
    return open
        .messages
        .list(filter, MessageList.Position.before(9_000), 10, 9_000)
        .messages()
        .stream()
        .map(message -> message.status().text() + " " + message.acceptedAtMillis())
        .toList();
  }
}
