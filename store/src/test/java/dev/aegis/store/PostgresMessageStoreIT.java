package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class PostgresMessageStoreIT {
  @AutoClose private final OpenJournal open = new OpenJournal(OpenJournal.bounds());

  @Test
  void keepsWhatProvesWhoWroteAMessage() {
    byte[] leaves = new byte[64];
    leaves[33] = 7;
    SignedWindow window =
        new SignedWindow(
            UUID.randomUUID(), "alice", filled(32, 1), 40, leaves, filled(64, 2), filled(32, 3), 9);
    open.commit(window);
    Accept signed =
        open.commit(OpenJournal.message("alice", "bob", "signed").window(window.id(), 1).build());
    Accept unsigned = open.commit(OpenJournal.message("alice", "bob", "unsigned").build());

    MessageProof proof = open.messages.proof(signed.id()).orElseThrow();
    assertThat(proof.envelope()).isEqualTo("signed".getBytes(StandardCharsets.UTF_8));
    assertThat(proof.leafIndex()).isEqualTo(1);
    assertThat(proof.window()).usingRecursiveComparison().isEqualTo(window);
    assertThat(open.messages.proof(unsigned.id())).isEmpty();
    assertThat(open.messages.proof(UUID.randomUUID())).isEmpty();
    assertThat(open.messages.find(signed.id()).orElseThrow().windowId()).isEqualTo(window.id());
  }

  @Test
  void storesTheSignatureAndTheNonceBesideASealedPayload() throws Exception {
    SignedWindow window =
        new SignedWindow(
            UUID.randomUUID(),
            "alice",
            filled(32, 1),
            0,
            filled(32, 4),
            filled(64, 2),
            filled(32, 3),
            9);
    open.commit(window);
    Accept accept =
        open.commit(OpenJournal.message("alice", "bob", "a secret").window(window.id(), 0).build());
    assertThat(open.messages.find(accept.id())).isPresent();
    assertThat(
            open.number(
                "SELECT count(*) FROM message_queue WHERE signature = decode(repeat('02', 64), 'hex')"
                    + " AND position(nonce IN encrypted_payload) > 0 AND length(nonce) > 0"
                    + " AND position('a secret'::bytea IN encrypted_payload) = 0"
                    + " AND payload IS NULL"))
        .isEqualTo(1);
  }

  @Test
  void aPayloadThatWasMovedToAnotherRowDoesNotOpen() throws Exception {
    Accept first = open.commit(OpenJournal.message("alice", "bob", "first").build());
    Accept second = open.commit(OpenJournal.message("alice", "bob", "second").build());
    open.journal.awaitProjected();
    assertThat(
            open.number(
                "WITH moved AS (UPDATE message_queue SET encrypted_payload = (SELECT"
                    + " encrypted_payload FROM message_queue WHERE id = '"
                    + first.id()
                    + "') WHERE id = '"
                    + second.id()
                    + "' RETURNING 1) SELECT count(*) FROM moved"))
        .isEqualTo(1);
    assertThat(open.messages.find(first.id())).isPresent();
    assertThatThrownBy(() -> open.messages.find(second.id()))
        .isInstanceOf(StoreException.Rejected.class);
  }

  @Test
  void findsOpenMessagesWhoseTimeHasPassedOldestFirst() {
    Accept late = open.commit(OpenJournal.message("alice", "bob", "2").times(1_000, 6_000).build());
    Accept early =
        open.commit(OpenJournal.message("alice", "bob", "1").times(1_000, 5_000).build());
    Accept done = open.commit(OpenJournal.message("alice", "bob", "3").times(1_000, 5_500).build());
    open.commit(OpenJournal.message("alice", "bob", "never").times(1_000, 0).build());
    open.progress(done, MessageStatus.PROCESSED, null, 2_000);
    open.progress(late, MessageStatus.DELIVERED, null, 2_000);

    assertThat(open.messages.expired(4_999, 10)).isEmpty();
    assertThat(ids(open.messages.expired(5_000, 10))).containsExactly(early.id());
    assertThat(ids(open.messages.expired(6_000, 10))).containsExactly(early.id(), late.id());
    assertThat(ids(open.messages.expired(6_000, 1))).containsExactly(early.id());
  }

  @Test
  void listsTheNewestByWhateverIsAskedFor() {
    Accept a = open.commit(OpenJournal.message("alice", "bob", "a").times(1_000, 0).build());
    Accept b = open.commit(OpenJournal.message("alice", "carol", "b").times(2_000, 0).build());
    Accept c = open.commit(OpenJournal.message("dave", "bob", "c").times(3_000, 0).build());
    open.progress(a, MessageStatus.PROCESSED, null, 3_500);

    assertThat(list(null, null, null, 9_000)).containsExactly(c.id(), b.id(), a.id());
    assertThat(list(null, null, null, 3_000)).containsExactly(b.id(), a.id());
    assertThat(list("alice", null, null, 9_000)).containsExactly(b.id(), a.id());
    assertThat(list(null, "bob", null, 9_000)).containsExactly(c.id(), a.id());
    assertThat(list(null, "bob", MessageStatus.PENDING, 9_000)).containsExactly(c.id());
    assertThat(list("carol", null, null, 9_000)).isEmpty();
  }

  private List<UUID> list(
      @Nullable String sender,
      @Nullable String recipient,
      @Nullable MessageStatus status,
      long toMillis) {
    MessageFilter filter =
        new MessageFilter(null, sender, recipient, null, null, status, 0, toMillis);
    MessageList page = open.messages.list(filter, MessageList.Position.before(toMillis), 10, 9_000);
    assertThat(page.next()).isNull();
    return ids(page.messages());
  }

  @Test
  void countsOpenMessagesByClassAndAllByStatus() {
    int[] priorities = {0, 1, 1, 3, 3, 3};
    Accept last = null;
    for (int priority : priorities) {
      last = open.commit(OpenJournal.message("alice", "bob", "m").routing(1, priority, 1).build());
    }
    assertThat(open.messages.openByClass()).containsExactly(1, 2, 0, 3);
    assertThat(open.messages.countByStatus()).containsOnly(entry(MessageStatus.PENDING, 6L));
    assertThat(last).isNotNull();
    open.progress(last, MessageStatus.DELIVERED, null, 2_000);
    assertThat(open.messages.openByClass()).containsExactly(1, 2, 0, 3);
    open.progress(last, MessageStatus.EXPIRED, "expired", 3_000);
    assertThat(open.messages.openByClass()).containsExactly(1, 2, 0, 2);
    assertThat(open.messages.countByStatus())
        .containsOnly(entry(MessageStatus.PENDING, 5L), entry(MessageStatus.EXPIRED, 1L));
  }

  @Test
  void tellsTheHistoryWithAttemptsAndReasons() {
    Accept accept = open.commit(OpenJournal.message("alice", "bob", "m").build());
    open.progress(accept, MessageStatus.DELIVERED, null, 2_000);
    open.progress(accept, MessageStatus.PENDING, "agent-failed", 3_000);
    open.progress(accept, MessageStatus.FAILED, "no-handler", 4_000);

    assertThat(open.messages.history(accept.id()))
        .containsExactly(
            new MessageEvent(MessageStatus.PENDING, 1_000, 1, null),
            new MessageEvent(MessageStatus.DELIVERED, 2_000, 1, null),
            new MessageEvent(MessageStatus.PENDING, 3_000, 2, "agent-failed"),
            new MessageEvent(MessageStatus.FAILED, 4_000, 2, "no-handler"));
    assertThat(open.messages.history(UUID.randomUUID())).isEmpty();
  }

  @Test
  void tellsOfADeliveryInTheAttemptInWhichItWasConfirmed() {
    Accept accept = open.commit(OpenJournal.message("alice", "bob", "m").build());
    open.progress(accept, MessageStatus.PENDING, "agent-failed", 2_000);
    open.progress(accept, MessageStatus.DELIVERED, null, 3_000);
    open.progress(accept, MessageStatus.PROCESSED, null, 4_000);

    assertThat(open.messages.history(accept.id()))
        .containsExactly(
            new MessageEvent(MessageStatus.PENDING, 1_000, 1, null),
            new MessageEvent(MessageStatus.PENDING, 2_000, 2, "agent-failed"),
            new MessageEvent(MessageStatus.DELIVERED, 3_000, 2, null),
            new MessageEvent(MessageStatus.PROCESSED, 4_000, 2, null));
  }

  @Test
  void tellsTheHistoryOfARedrivenMessageFromItsFirstLifeOn() {
    Accept accept = open.commit(OpenJournal.message("alice", "bob", "m").build());
    open.progress(accept, MessageStatus.DEAD, "handler-failed", 2_000);
    assertThat(deadLetters()).containsExactly(accept.sequence());
    Accept again =
        open.commit(
            Accept.of(accept.id(), "alice", "bob", accept.envelope())
                .routing(1, 2, 1)
                .type("note")
                .times(3_000, 0)
                .redrives(accept.mailboxEpoch(), accept.sequence())
                .build());
    open.progress(again, MessageStatus.DEAD, "timeout", 4_000);
    assertThat(deadLetters()).containsExactly(again.sequence());
    open.commit(new Discard("bob", again.mailboxEpoch(), again.sequence(), 5_000, null));

    assertThat(open.messages.history(accept.id()))
        .containsExactly(
            new MessageEvent(MessageStatus.PENDING, 1_000, 1, null),
            new MessageEvent(MessageStatus.DEAD, 2_000, 1, "handler-failed"),
            new MessageEvent(MessageStatus.PENDING, 3_000, 1, "redriven"),
            new MessageEvent(MessageStatus.DEAD, 4_000, 1, "timeout"),
            new MessageEvent(MessageStatus.FAILED, 5_000, 1, "discarded"));
    assertThat(deadLetters()).isEmpty();
  }

  private List<Long> deadLetters() {
    return open.messages.deadLetters(null, null, DeadLetter.Cursor.before(9_000), 10).stream()
        .map(dead -> dead.message().sequence())
        .toList();
  }

  @Test
  void pagesThroughDeadLettersThatDiedInTheSameMoment() {
    List<Accept> dead = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Accept accept = open.commit(OpenJournal.message("alice", "bob", "m" + i).build());
      open.progress(accept, MessageStatus.DEAD, "timeout", i < 5 ? 2_000 : 3_000);
      dead.add(accept);
    }
    open.commit(OpenJournal.message("alice", "bob", "lives").build());
    List<UUID> seen = new ArrayList<>();
    DeadLetter.Cursor before = DeadLetter.Cursor.before(9_000);
    List<DeadLetter> page;
    do {
      page = open.messages.deadLetters(null, "bob", before, 2);
      for (DeadLetter letter : page) {
        seen.add(letter.message().id());
        before = letter.cursor();
      }
    } while (!page.isEmpty());
    assertThat(seen).containsExactlyInAnyOrderElementsOf(dead.stream().map(Accept::id).toList());
    assertThat(seen.subList(0, 2)).contains(dead.get(5).id(), dead.get(6).id());
    assertThat(open.messages.deadLetters(null, "bob", DeadLetter.Cursor.before(3_000), 10))
        .hasSize(5);
    assertThat(open.messages.deadLetters(null, "carol", DeadLetter.Cursor.before(9_000), 10))
        .isEmpty();
  }

  @Test
  void showsAnOrganizationTheDeadLettersOfItsAgents() throws Exception {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    agents.addOrganization("here", "here");
    agents.addOrganization("there", "there");
    agents.add("bob", "here", filled(32, 1));
    agents.add("carol", "there", filled(32, 2));
    for (String recipient : List.of("bob", "carol")) {
      Accept accept = open.commit(OpenJournal.message("alice", recipient, "m").build());
      open.progress(accept, MessageStatus.DEAD, "timeout", 2_000);
    }
    DeadLetter.Cursor all = DeadLetter.Cursor.before(9_000);
    assertThat(open.messages.deadLetters("here", null, all, 10))
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.message().recipient()).isEqualTo("bob");
          assertThat(letter.diedAtMillis()).isEqualTo(2_000);
        });
    assertThat(open.messages.deadLetters("here", "carol", all, 10)).isEmpty();
    assertThat(open.messages.deadLetters(null, null, all, 10)).hasSize(2);
  }

  @Test
  void keepsEveryFieldOfAMessage() {
    UUID conversation = UUID.randomUUID();
    UUID correlation = UUID.randomUUID();
    Accept accept =
        open.commit(
            OpenJournal.message("alice", "bob", "whole")
                .routing(3, 1, 2)
                .type("order.placed")
                .channel("shop")
                .conversation(conversation)
                .correlation(correlation)
                .times(1_234, 5_678)
                .build());
    StoredMessage stored = open.messages.find(accept.id()).orElseThrow();
    assertThat(stored)
        .usingRecursiveComparison()
        .isEqualTo(
            new StoredMessage(
                accept.id(),
                "alice",
                "bob",
                accept.mailboxEpoch(),
                1,
                3,
                1,
                2,
                "order.placed",
                "shop",
                conversation,
                correlation,
                "whole".getBytes(StandardCharsets.UTF_8),
                MessageStatus.PENDING,
                null,
                0,
                0,
                0,
                1_234,
                5_678,
                0,
                0,
                null,
                -1,
                null));
  }

  private static List<UUID> ids(List<StoredMessage> messages) {
    return messages.stream().map(StoredMessage::id).toList();
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
