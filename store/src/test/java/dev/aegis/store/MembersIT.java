package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Gateways that share a database: each mailbox has one owner, whatever happens to whom.
final class MembersIT {
  private static final MemberSettings QUICK =
      new MemberSettings(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMillis(1_000));

  private final DatabaseSettings database = TestServer.freshDatabase();
  private final List<Member> members = new ArrayList<>();

  private final Member a = new Member("a");
  private final Member b = new Member("b");

  @AfterEach
  void stop() {
    members.forEach(Member::close);
  }

  @Test
  void aMailboxNobodyOwnsIsTheFirstOnesThatAsks() {
    assertThat(a.claim("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(a.claim("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(b.claim("bob")).isEqualTo(new MailboxClaims.Owner.There(a.journal()));
    assertThat(a.open.journal.mailboxes().owns("bob")).isTrue();
    assertThat(b.open.journal.mailboxes().owns("bob")).isFalse();
  }

  @Test
  void aMailboxOfAnotherIsNeitherKeptNorAskedFor() {
    assertThat(a.claims.keep("bob")).isEqualTo(new MailboxClaims.Owner.Here(1));
    assertThat(a.claims.keep("bob")).isEqualTo(new MailboxClaims.Owner.Here(2));
    assertThat(b.claims.keep("bob")).isEqualTo(new MailboxClaims.Owner.There(a.journal()));
    assertThat(a.claims.wanted(10)).isEmpty();
    assertThat(a.open.journal.mailboxes().owns("bob")).isTrue();
  }

  @Test
  void nothingIsStoredInAMailboxOfAnother() {
    a.claim("bob");
    Accept accept = OpenJournal.message("alice", "bob", "hello").build();
    assertThat(b.open.journal.offer(accept)).isEqualTo(Offer.ACCEPTED);
    await().until(() -> b.open.listener.refused.contains(accept));
    assertThat(b.open.listener.reasons).hasOnlyElementsOfType(StoreException.Moved.class);
    Progress progress = Progress.of("bob", 1, 1, MessageStatus.PROCESSED, null, 1, null);
    assertThat(b.open.journal.offer(progress)).isEqualTo(Offer.ACCEPTED);
    await().until(() -> b.open.listener.refused.contains(progress));
  }

  @Test
  void aMailboxThatIsWantedChangesHandsWithAllThatIsInIt() throws SQLException {
    a.claim("bob");
    UUID id = UUID.randomUUID();
    Accept first = a.open.commit(message(id, "hello"));
    Accept second = a.open.commit(OpenJournal.message("alice", "bob", "again").build());
    assertThat(b.want("bob")).isEqualTo(new MailboxClaims.Owner.There(a.journal()));
    assertThat(a.claims.wanted(10)).containsExactly(Map.entry("bob", b.journal()));

    a.claims.release(Set.of("bob"));

    assertThat(a.open.journal.mailboxes().owns("bob")).isFalse();
    assertThat(b.want("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(b.open.journal.mailboxes().depth("bob"))
        .isEqualTo(
            new Mailboxes.Depth(
                first.mailboxEpoch(),
                second.sequence() + 1,
                2,
                first.envelope().length + second.envelope().length));
    assertThat(b.open.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::sequence)
        .containsExactly(first.sequence(), second.sequence());
    assertThat(b.open.commit(message(id, "hello")).outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(b.open.commit(message(id, "other")).outcome()).isEqualTo(Outcome.CONFLICT);
    assertThat(b.open.commit(OpenJournal.message("alice", "bob", "3").build()).sequence())
        .isEqualTo(second.sequence() + 1);
    assertThat(b.claims.wanted(10)).isEmpty();
  }

  /// What the first owner remembers of its time must not hide what came after it.
  @Test
  void repeatsAreFoundWhoeverStoredTheFirst() {
    UUID atA = UUID.randomUUID();
    UUID atB = UUID.randomUUID();
    a.claim("bob");
    a.open.commit(message(atA, "hello"));
    hand("bob", a, b);
    b.open.commit(message(atB, "hello"));
    hand("bob", b, a);
    assertThat(a.open.commit(message(atB, "hello")).outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(a.open.commit(message(atA, "other")).outcome()).isEqualTo(Outcome.CONFLICT);
  }

  @Test
  void whatADeadMemberLeftIsAnothersOnceItHasBeenSilent() {
    a.claim("bob");
    Accept accept = a.open.commit(OpenJournal.message("alice", "bob", "hello").build());
    Accept done = a.open.commit(OpenJournal.message("alice", "bob", "done").build());
    a.open.commit(
        Progress.of(
            "bob", done.mailboxEpoch(), done.sequence(), MessageStatus.PROCESSED, null, 2, null));
    assertThat(b.want("bob")).isEqualTo(new MailboxClaims.Owner.There(a.journal()));

    a.crash();

    await().until(() -> b.takenOver.contains(a.journal()));
    assertThat(b.want("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(b.open.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::id)
        .containsExactly(accept.id());
    await()
        .untilAsserted(
            () -> // with its next heartbeat
            assertThat(b.members.list()).extracting(Members.Member::node).containsExactly("b"));
  }

  /// As when a gateway stands still, or is cut off, and comes back.
  @Test
  void aMemberThatWasSilentTooLongWritesNothingMore() throws Exception {
    a.claim("bob");
    a.open.commit(OpenJournal.message("alice", "bob", "hello").build());
    a.members.close(); // its heart stands still while all the rest of it goes on
    await().until(() -> b.takenOver.contains(a.journal()));
    assertThat(a.members.holdsLease()).isFalse();
    assertThat(b.want("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);

    Accept late = OpenJournal.message("alice", "bob", "late").build();
    a.open.journal.offer(late);
    await().until(() -> !a.open.journal.state().available());
    assertThat(a.open.database.healthy()).isFalse();
    assertThatThrownBy(() -> a.claims.claim(List.of("carol"), false))
        .isInstanceOf(StoreException.class);
    assertThat(b.open.number("SELECT count(*) FROM message_queue")).isOne();
  }

  /// Rows of a large batch may take longer than any silence.
  @Test
  void aMemberIsAliveWhileItWritesRowsAndIsTakenOverInMidStreamWhenItIsNot() throws Exception {
    a.claim("bob");
    Accept accept = a.open.commit(OpenJournal.message("alice", "bob", "hello").build());
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try (Connection connection = a.open.database.connect("rows")) {
                connection.setAutoCommit(false);
                JournalTable.checkpointForUpdate(connection, a.open.database.journal());
                locked.countDown();
                over.await();
              } catch (SQLException | InterruptedException e) {
                locked.countDown();
              }
            });
    locked.await();
    await()
        .during(QUICK.silence().multipliedBy(2))
        .atMost(QUICK.silence().multipliedBy(4))
        .until(() -> a.members.holdsLease() && b.takenOver.isEmpty());

    a.members.close();
    await().until(() -> b.takenOver.contains(a.journal()));
    assertThat(b.want("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(b.open.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::id)
        .containsExactly(accept.id());
    over.countDown();
    writer.join();
  }

  @Test
  void aMemberLearnsThatItWasTakenOver() throws Exception {
    try (var connection = Database.connect(database, "test");
        var statement = connection.createStatement()) {
      statement.execute("UPDATE journals SET state = 'taken-over' WHERE id = " + a.journal());
    }
    a.fenced.await();
    assertThat(a.members.holdsLease()).isFalse();
    assertThat(b.members.holdsLease()).isTrue();
  }

  @Test
  void aMemberThatStopsLeavesItsMailboxesFreeAtOnce() {
    a.claim("bob");
    Accept accept = a.open.commit(OpenJournal.message("alice", "bob", "hello").build());
    a.close();
    assertThat(b.claim("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(b.open.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::id)
        .containsExactly(accept.id());
  }

  @Test
  void aGatewayThatWantsTheDatabaseForItselfIsRefusedWhileThereAreMembers() {
    assertThatThrownBy(() -> Database.open(database))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("another gateway uses the database");
  }

  @Test
  void membersTakeOverFromAGatewayThatHadTheDatabaseForItselfAndBack() {
    a.close();
    b.close();
    OpenJournal alone = new OpenJournal(database, OpenJournal.bounds());
    Accept accept = alone.commit(OpenJournal.message("alice", "bob", "hello").build());
    assertThatThrownBy(() -> Database.open(database.asMember("c")))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("a gateway outside the cluster uses the database");
    alone.journal.abandon();
    alone.database.close();

    Member c = new Member("c");
    assertThat(c.claim("bob")).isInstanceOf(MailboxClaims.Owner.Here.class);
    assertThat(c.open.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::id)
        .containsExactly(accept.id());
    Accept second = c.open.commit(OpenJournal.message("alice", "bob", "more").build());
    c.crash();

    try (OpenJournal again = new OpenJournal(database, OpenJournal.bounds())) {
      assertThat(again.journal.mailboxes().depth("bob").messages()).isEqualTo(2);
      assertThat(again.messages.pending("bob", PageCursor.START, 10))
          .extracting(StoredMessage::id)
          .containsExactly(accept.id(), second.id());
    }
  }

  @Test
  void manyMailboxesChangeHandsWhileMessagesComeAndNoneIsLostOrStoredTwice() throws Exception {
    int messages = 400;
    Set<UUID> stored = ConcurrentHashMap.newKeySet();
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < messages; i++) {
                stored.add(storeSomewhere(message(UUID.randomUUID(), "m" + i)));
              }
            });
    Member owner = a;
    Member other = b;
    a.claim("bob");
    while (sender.isAlive()) {
      hand("bob", owner, other);
      Member next = other;
      other = owner;
      owner = next;
    }
    sender.join();
    assertThat(stored).hasSize(messages);
    assertThat(owner.open.number("SELECT 1")).isOne();
    owner.open.journal.awaitProjected();
    assertThat(owner.open.number("SELECT count(*) FROM message_queue")).isEqualTo(messages);
    assertThat(owner.open.number("SELECT count(DISTINCT sequence) FROM message_queue"))
        .isEqualTo(messages);
  }

  /// Offers it to one and the other until one has it, as senders do.
  private UUID storeSomewhere(Accept message) {
    while (true) {
      for (Member member : List.of(a, b)) {
        Accept copy = message(message.id(), new String(message.envelope(), StandardCharsets.UTF_8));
        member.open.journal.offer(copy);
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(2))
            .until(() ->
                member.open.listener.committed.contains(copy)
                    || member.open.listener.refused.contains(copy));
        if (member.open.listener.committed.contains(copy)) {
          return copy.id();
        }
      }
    }
  }

  private static void hand(String recipient, Member from, Member to) {
    to.want(recipient);
    from.claims.release(from.claims.wanted(10).keySet());
    assertThat(to.want(recipient)).isInstanceOf(MailboxClaims.Owner.Here.class);
  }

  private static Accept message(UUID id, String text) {
    return Accept.of(id, "alice", "bob", text.getBytes(StandardCharsets.UTF_8))
        .routing(1, 2, 1)
        .type("note")
        .times(System.currentTimeMillis(), 0)
        .build();
  }

  /// One gateway's store.
  private final class Member implements Members.Listener {
    final OpenJournal open;
    final MailboxClaims claims;
    final Members members;
    final Set<Long> takenOver = ConcurrentHashMap.newKeySet();
    final CountDownLatch fenced = new CountDownLatch(1);
    private boolean closed;

    Member(String name) {
      open = new OpenJournal(database.asMember(name), OpenJournal.bounds());
      claims = new MailboxClaims(open.database, open.journal);
      members = Members.start(open.database, TestServer.CIPHER, QUICK, OpenJournal.bounds(), this);
      MembersIT.this.members.add(this);
    }

    long journal() {
      return open.database.journal().value();
    }

    MailboxClaims.Owner claim(String recipient) {
      return only(claims.claim(List.of(recipient), false));
    }

    MailboxClaims.Owner want(String recipient) {
      return only(claims.claim(List.of(recipient), true));
    }

    private static MailboxClaims.Owner only(Map<String, MailboxClaims.Owner> owners) {
      assertThat(owners).hasSize(1);
      return owners.values().iterator().next();
    }

    /// Ends as a `kill -9` would end it.
    void crash() {
      closed = true;
      members.close();
      open.journal.abandon();
      open.database.close();
    }

    void close() {
      if (!closed) {
        closed = true;
        members.close();
        open.close();
      }
    }

    @Override
    public void takenOver(long journal) {
      takenOver.add(journal);
    }

    @Override
    public void fenced() {
      fenced.countDown();
    }
  }
}
