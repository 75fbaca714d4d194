package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.protocol.Priority;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.FabricLimits;
import dev.aegis.store.fabric.FabricListener;
import dev.aegis.store.fabric.FabricNode;
import dev.aegis.store.fabric.InProcessFabric;
import dev.aegis.store.fabric.InProcessHub;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Journals of nodes that share a database: wherever a message is accepted, its mailbox's owner
/// stores it.
final class ClusterJournalIT {
  private static final MemberSettings QUICK =
      new MemberSettings(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMillis(1_000));

  private final DatabaseSettings database = TestServer.freshDatabase();
  private final InProcessHub hub = new InProcessHub();
  private final List<Node> nodes = new ArrayList<>();
  private final AtomicBoolean fabricAway = new AtomicBoolean();

  private final Node a = new Node("a");
  private final Node b = new Node("b");

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
  }

  @Test
  void aMessageIsStoredByTheOwnerOfItsMailboxWhereverItIsAccepted() throws Exception {
    a.own("bob");
    Accept here = a.commit(message(UUID.randomUUID(), "here"));
    assertThat(here.outcome()).isEqualTo(Outcome.STORED);
    UUID id = UUID.randomUUID();
    Accept there = b.commit(message(id, "there"));
    assertThat(there.outcome()).isEqualTo(Outcome.STORED_ELSEWHERE);
    assertThat(there.sequence()).isEqualTo(here.sequence() + 1);
    assertThat(b.commit(message(id, "there")).outcome()).isEqualTo(Outcome.DUPLICATE);
    assertThat(b.commit(message(id, "other")).outcome()).isEqualTo(Outcome.CONFLICT);
    assertThat(a.messages.pending("bob", PageCursor.START, 10))
        .extracting(StoredMessage::sequence)
        .containsExactly(here.sequence(), there.sequence());
    assertThat(a.listener.accepts()).extracting(Accept::id).contains(here.id(), id);
  }

  @Test
  void messagesOfOneSenderKeepTheirOrder() throws Exception {
    a.own("bob");
    List<Accept> sent =
        IntStream.range(0, 500).mapToObj(i -> message(UUID.randomUUID(), "m" + i)).toList();
    sent.forEach(message -> assertThat(b.journal.offer(message)).isEqualTo(Offer.ACCEPTED));
    await().until(() -> b.listener.committed.containsAll(sent));
    assertThat(sent).extracting(Accept::sequence).isSorted();
    assertThat(b.journal.forwarding()).isZero();
  }

  @Test
  void aMailboxFollowsItsAgentAndWhatIsAcceptedMeanwhileFollowsToo() throws Exception {
    a.own("bob");
    Accept first = a.commit(message(UUID.randomUUID(), "first"));
    CompletionStage<Long> moved = b.journal.own("bob");
    List<Accept> sent =
        IntStream.range(0, 200).mapToObj(i -> message(UUID.randomUUID(), "m" + i)).toList();
    sent.forEach(message -> assertThat(a.journal.offer(message)).isEqualTo(Offer.ACCEPTED));

    assertThat(moved.toCompletableFuture().get()).isPositive();
    assertThat(a.letGo).containsExactly("bob");
    await().until(() -> a.listener.committed.containsAll(sent));
    assertThat(a.listener.refused).isEmpty();
    b.journal.here().awaitProjected();
    assertThat(b.messages.pending("bob", PageCursor.START, 1_000))
        .extracting(StoredMessage::id)
        .hasSize(201)
        .contains(first.id())
        .containsAll(sent.stream().map(Accept::id).toList());
    assertThat(b.journal.mailboxes().depth("bob").messages()).isEqualTo(201);
  }

  @Test
  void messagesArriveThroughTheDatabaseWhileTheFabricIsAway() throws Exception {
    a.own("bob");
    fabricAway.set(true);
    UUID id = UUID.randomUUID();
    Accept there = b.commit(message(id, "there"));
    assertThat(there.outcome()).isEqualTo(Outcome.STORED_ELSEWHERE);
    assertThat(b.commit(message(id, "other")).outcome()).isEqualTo(Outcome.CONFLICT);
    List<Accept> sent =
        IntStream.range(0, 300).mapToObj(i -> message(UUID.randomUUID(), "m" + i)).toList();
    sent.forEach(message -> assertThat(b.journal.offer(message)).isEqualTo(Offer.ACCEPTED));
    await().until(() -> b.listener.committed.containsAll(sent));
    assertThat(sent).extracting(Accept::sequence).isSorted();
    b.own("bob");
    assertThat(b.journal.mailboxes().depth("bob").messages()).isEqualTo(301);
    assertThat(a.number("SELECT count(*) FROM node_mail")).isZero();
    fabricAway.set(false);
  }

  @Test
  void aFullMailboxRefusesWhereverItsOwnerIs() throws Exception {
    a.own("bob");
    a.full = true;
    Accept refused = message(UUID.randomUUID(), "no room");
    b.journal.offer(refused);
    await().until(() -> b.listener.refused.contains(refused));
    assertThat(b.listener.reasons)
        .singleElement()
        .isInstanceOfSatisfying(
            StoreException.Full.class, why -> assertThat(why.mailbox()).isTrue());
  }

  @Test
  void whatWasOnItsWayToANodeThatDiedIsStoredByAnother() throws Exception {
    a.own("bob");
    Accept before = a.commit(message(UUID.randomUUID(), "before"));
    a.crash();
    List<Accept> sent =
        IntStream.range(0, 50).mapToObj(i -> message(UUID.randomUUID(), "m" + i)).toList();
    sent.forEach(message -> assertThat(b.journal.offer(message)).isEqualTo(Offer.ACCEPTED));

    await().atMost(OpenJournal.PATIENCE).until(() -> b.listener.committed.containsAll(sent));
    assertThat(b.gone).containsExactly(a.id());
    assertThat(b.messages.pending("bob", PageCursor.START, 1_000))
        .extracting(StoredMessage::id)
        .hasSize(51)
        .contains(before.id());
    assertThat(sent).extracting(Accept::sequence).isSorted();
  }

  @Test
  void aDeadLetterIsSettledOnceWhicheverNodeIsAsked() throws Exception {
    a.own("bob");
    Accept dead = a.commit(message(UUID.randomUUID(), "dead"));
    a.commit(
        Progress.of(
            "bob", dead.mailboxEpoch(), dead.sequence(), MessageStatus.DEAD, "poison", 1, null));
    a.journal.here().awaitProjected();
    Discard first = new Discard("bob", dead.mailboxEpoch(), dead.sequence(), 2, null);
    Discard second = new Discard("bob", dead.mailboxEpoch(), dead.sequence(), 3, null);
    b.commit(first);
    assertThat(first.outcome()).isEqualTo(Outcome.STORED);
    b.commit(second);
    assertThat(second.outcome()).isEqualTo(Outcome.SETTLED);
  }

  /// Whichever way things go, each message that was reported stored is there once.
  @Test
  void nothingIsLostOrStoredTwiceWhileMailboxesWanderAndNodesDie() throws Exception {
    Node c = new Node("c");
    Set<UUID> stored = ConcurrentHashMap.newKeySet();
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < 600; i++) {
                stored.add(storeAt(b, UUID.randomUUID(), "bob" + i % 7));
              }
            });
    for (int round = 0; round < 6; round++) {
      Node next = round % 2 == 0 ? a : c;
      for (int i = 0; i < 7; i++) {
        next.own("bob" + i);
      }
    }
    c.crash();
    sender.join();
    for (int i = 0; i < 7; i++) {
      a.own("bob" + i);
    }
    assertThat(stored).hasSize(600);
    assertThat(a.number("SELECT count(*) FROM message_queue")).isEqualTo(600);
    assertThat(a.number("SELECT count(DISTINCT id) FROM message_queue")).isEqualTo(600);
    assertThat(
            a.number(
                "SELECT count(DISTINCT (agent_id, mailbox_epoch, sequence)) FROM message_queue"))
        .isEqualTo(600);
  }

  /// As a sender does: again under the same id until there is an answer.
  private static UUID storeAt(Node node, UUID id, String recipient) {
    while (true) {
      Accept message = message(id, recipient, "text of " + id);
      node.journal.offer(message);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .atMost(OpenJournal.PATIENCE)
          .until(() ->
              node.listener.committed.contains(message) || node.listener.refused.contains(message));
      if (node.listener.committed.contains(message)) {
        return id;
      }
    }
  }

  private static Accept message(UUID id, String text) {
    return message(id, "bob", text);
  }

  private static Accept message(UUID id, String recipient, String text) {
    return Accept.of(id, "alice", recipient, text.getBytes(StandardCharsets.UTF_8))
        .routing(1, 2, 1)
        .type("note")
        .times(System.currentTimeMillis(), 0)
        .build();
  }

  private final class Node implements ClusterJournal.Node {
    final RecordingListener listener = new RecordingListener();
    final Set<String> letGo = ConcurrentHashMap.newKeySet();
    final Set<Long> gone = ConcurrentHashMap.newKeySet();
    final ClusterJournal journal;
    final MessageStore messages;
    volatile boolean full;
    private final Database open;
    private boolean closed;

    Node(String name) {
      open = Database.open(database.asMember(name));
      journal =
          ClusterJournal.open(
              open, TestServer.CIPHER, OpenJournal.bounds(), QUICK, listener, this, this::fabric);
      messages = new PostgresMessageStore(open, TestServer.CIPHER, journal.here());
      nodes.add(this);
    }

    private Fabric fabric(FabricListener inbox) {
      return new FailingFabric(
          InProcessFabric.open(
              hub,
              new FabricNode("test", ClusterJournal.nodeId(open)),
              FabricLimits.defaults(),
              inbox),
          fabricAway::get);
    }

    long id() {
      return ClusterJournal.nodeId(open);
    }

    void own(String agent) throws InterruptedException, ExecutionException {
      assertThat(journal.own(agent).toCompletableFuture().get()).isPositive();
    }

    <T extends JournalEntry> T commit(T entry) {
      assertThat(journal.offer(entry)).isEqualTo(Offer.ACCEPTED);
      await().atMost(OpenJournal.PATIENCE).until(() -> listener.committed.contains(entry));
      return entry;
    }

    long number(String query) throws SQLException {
      return open.run(
          "count",
          connection -> {
            journal.here().awaitProjected();
            try (var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
              row.next();
              return row.getLong(1);
            }
          });
    }

    void crash() {
      closed = true;
      journal.abandon();
      open.close();
    }

    void close() {
      if (!closed) {
        closed = true;
        journal.close();
        open.close();
      }
    }

    @Override
    public CompletionStage<?> letGo(String agent) {
      letGo.add(agent);
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public boolean isFull(Mailboxes.Depth depth) {
      return full;
    }

    @Override
    public void received(long fromNode, Priority priority, byte[] frame) {}

    @Override
    public void published(String channel, byte[] flight) {}

    @Override
    public void gone(long node) {
      gone.add(node);
    }

    @Override
    public void fenced() {}
  }
}
