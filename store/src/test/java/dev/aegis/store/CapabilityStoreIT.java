package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The rows of work that is routed by capability.
class CapabilityStoreIT {
  private static final String POOL = "cap:default#3";
  private static final String WANTED = "cap:scan;dpi=300";
  private static final LiveTimes ALL_HEALTHY = new LiveTimes(0, 0, 0, 0, 0);
  private static final LiveTimes SOME_HEALTHY = new LiveTimes(1_000, 1_000, 1_000, 0, 0);
  private static final LiveTimes ALL_OFFLINE =
      new LiveTimes(4_000_000_000_000L, 4_000_000_000_000L, 4_000_000_000_000L, 0, 0);

  private OpenJournal open;
  private CapabilityStore store;

  @BeforeEach
  void start() {
    open = new OpenJournal(OpenJournal.bounds());
    store = store();
  }

  @AfterEach
  void stop() {
    open.close();
  }

  private CapabilityStore store() {
    return new CapabilityStore(open.database, TestServer.CIPHER, InstantSource.system());
  }

  /// Who watches a progress.
  private record Count(AtomicInteger messages) implements Progress.Watcher {
    Count() {
      this(new AtomicInteger(-1));
    }

    @Override
    public void counted(int open) {
      messages.set(open);
    }
  }

  @Test
  void aMoveCountsOnceWhateverElseEndsTheMessage() {
    Accept first = work(POOL);
    Count moved = new Count();
    Count again = new Count();
    open.commit(move(first, "bob", moved));
    open.commit(move(first, "carol", again));
    assertThat(moved.messages).hasValue(1);
    assertThat(again.messages).hasValue(0);
    assertThat(moving()).extracting(Move::to).containsExactly("bob");

    Accept second = work(POOL);
    open.progress(second, MessageStatus.EXPIRED, "expired", 2_000);
    Count late = new Count();
    open.commit(move(second, "bob", late));
    assertThat(late.messages).hasValue(0);
  }

  @Test
  void aMoveIsUnderWayUntilTheNextRecipientHasARow() {
    Accept work = work(POOL);
    open.commit(move(work, "bob", null));
    assertThat(moving())
        .singleElement()
        .satisfies(move -> {
          assertThat(move.to()).isEqualTo("bob");
          assertThat(move.message().id()).isEqualTo(work.id());
          assertThat(move.message().erased()).as("without its envelope").isTrue();
          assertThat(move.message().routedTo()).isEqualTo(WANTED);
        });
    assertThat(store.moved(POOL, work.mailboxEpoch(), work.sequence()).orElseThrow().envelope())
        .isEqualTo(work.envelope());
    assertThat(store.settle()).isZero();

    Accept arrived = open.commit(work.to("bob", null));
    assertThat(arrived.outcome()).isEqualTo(Outcome.STORED);
    await().atMost(OpenJournal.PATIENCE).until(() -> store.settle() == 1);
    assertThat(moving()).isEmpty();
    assertThat(store.moved(POOL, work.mailboxEpoch(), work.sequence())).isEmpty();
    assertThat(store.expire(POOL, work.mailboxEpoch(), work.sequence())).isFalse();
    assertThat(store.visited(List.of(work.id()))).isEqualTo(Map.of(work.id(), Set.of(POOL, "bob")));
    assertThat(open.messages.find(work.id()).orElseThrow().recipient()).isEqualTo("bob");
    assertThat(open.commit(work.to("bob", null)).outcome())
        .as("made again, as after a crash")
        .isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void theHistoryGoesOnFromOneAgentToTheNext() {
    Accept work = work(POOL);
    open.commit(move(work, "bob", null));
    Accept first = open.commit(work.to("bob", null));
    open.progress(first, MessageStatus.PENDING, "timeout", 3_000);
    open.commit(
        Progress.of(
            "bob",
            first.mailboxEpoch(),
            first.sequence(),
            MessageStatus.MOVED,
            "carol",
            4_000,
            null));
    Accept second = open.commit(work.to("carol", null));
    open.progress(second, MessageStatus.PROCESSED, null, 5_000);
    assertThat(open.messages.history(work.id()))
        .containsExactly(
            new MessageEvent(MessageStatus.PENDING, 1_000, 1, null),
            new MessageEvent(MessageStatus.MOVED, 2_000, 1, "bob"),
            new MessageEvent(MessageStatus.PENDING, 3_000, 2, "timeout"),
            new MessageEvent(MessageStatus.MOVED, 4_000, 2, "carol"),
            new MessageEvent(MessageStatus.PROCESSED, 5_000, 1, null));
    assertThat(open.messages.gaps("bob", first.mailboxEpoch(), 0, 10))
        .containsExactly(new MailboxGap(first.sequence(), MessageStatus.MOVED, "carol"));
  }

  @Test
  void whatCannotArriveBecomesADeadLetter() {
    Accept work = work(POOL);
    open.commit(move(work, "bob", null));
    assertThat(moving()).hasSize(1);
    assertThat(store.abandon(POOL, work.mailboxEpoch(), work.sequence())).isTrue();
    assertThat(store.abandon(POOL, work.mailboxEpoch(), work.sequence())).isFalse();
    assertThat(moving()).isEmpty();
    assertThat(open.messages.find(work.id()).orElseThrow().status()).isEqualTo(MessageStatus.DEAD);
    assertThat(deadLettersOf("default")).contains(work.id());
    assertThat(deadLettersOf("defau")).doesNotContain(work.id());
  }

  private List<UUID> deadLettersOf(String organization) {
    return open
        .messages
        .deadLetters(organization, null, DeadLetter.Cursor.before(4_000_000_000_000L), 100)
        .stream()
        .map(dead -> dead.message().id())
        .toList();
  }

  @Test
  void whatHasLostItsWorthBeforeItArrivedExpires() {
    Accept work = work(POOL);
    open.commit(move(work, "bob", null));
    assertThat(moving()).hasSize(1);
    assertThat(store.expire(POOL, work.mailboxEpoch(), work.sequence())).isTrue();
    assertThat(moving()).isEmpty();
    assertThat(open.messages.find(work.id()).orElseThrow().status())
        .isEqualTo(MessageStatus.EXPIRED);
  }

  @Test
  void aPoolIsReadWithoutEnvelopesThatAreRowsAlready() {
    Accept first = work(POOL);
    open.messages.countByStatus(); // it is a row now
    Accept second = work(POOL);
    List<StoredMessage> heads = open.messages.heads(POOL, PageCursor.START, 10);
    assertThat(heads)
        .extracting(StoredMessage::sequence)
        .containsExactly(first.sequence(), second.sequence());
    assertThat(heads).extracting(StoredMessage::routedTo).containsOnly(WANTED);
    assertThat(heads.getFirst().erased()).isTrue();
  }

  /// Whoever lies between agents with work, without any that is stranded, is passed over.
  @Test
  void strandedWorkOfManyAgentsComesInPages() {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    for (int i = 0; i < 6; i++) {
      String agent = "sp-" + i;
      agents.add(agent, "default", new byte[32]);
      open.commit(work(POOL).to(agent, null));
      Accept second = open.commit(work(POOL).to(agent, null));
      open.progress(second, MessageStatus.PENDING, i == 4 ? "overloaded" : null, 2_000);
    }
    open.messages.countByStatus();
    new HeartbeatStore(open.database).write(Map.of("sp-1", 1_000L, "sp-2", 1_000L, "sp-4", 1_000L));
    List<String> found = new ArrayList<>();
    String after = "";
    long afterSequence = 0;
    while (true) {
      List<StrandedMessage> page = store.stranded(SOME_HEALTHY, after, afterSequence, 2);
      page.forEach(each -> found.add(each.recipient() + "/" + each.sequence()));
      if (page.size() < 2) {
        break;
      }
      after = page.getLast().recipient();
      afterSequence = page.getLast().sequence();
    }
    assertThat(found)
        .containsExactly("sp-0/1", "sp-0/2", "sp-3/1", "sp-3/2", "sp-4/2", "sp-5/1", "sp-5/2");
  }

  @Test
  void strandedIsWhatGoneAgentsHaveAndWhatFailed() {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    agents.add("st-bob", "default", new byte[32]);
    Accept work = open.commit(work(POOL).to("st-bob", null));
    open.commit(OpenJournal.message("alice", "st-bob", "named").build());
    await()
        .atMost(OpenJournal.PATIENCE)
        .until(() -> store.stranded(ALL_OFFLINE, "", 0, 10).size() == 1);
    StrandedMessage stranded = store.stranded(ALL_OFFLINE, "", 0, 10).getFirst();
    assertThat(stranded)
        .isEqualTo(
            new StrandedMessage(
                work.id(),
                "alice",
                "st-bob",
                "default",
                work.mailboxEpoch(),
                work.sequence(),
                WANTED));
    assertThat(store.stranded(ALL_OFFLINE, "st-bob", work.sequence(), 10)).isEmpty();

    new HeartbeatStore(open.database).write(Map.of("st-bob", 1_000L));
    assertThat(store.stranded(ALL_HEALTHY, "", 0, 10)).isEmpty();
    open.progress(work, MessageStatus.PENDING, "overloaded", 2_000);
    await()
        .atMost(OpenJournal.PATIENCE)
        .until(() -> store.stranded(ALL_HEALTHY, "", 0, 10).size() == 1);
  }

  @Test
  void ableIsWhoIsActiveAndHealthyAndHasCapabilities() {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    RegistryStore registry = new RegistryStore(open.database, InstantSource.system());
    HeartbeatStore beats = new HeartbeatStore(open.database);
    agents.add("ab-none", "default", new byte[32]);
    for (String agent : List.of("ab-silent", "ab-well", "ab-resting")) {
      registry.register(
          agent,
          "default",
          new RegisteredAgent.Details(
              agent,
              "agent",
              null,
              "[{\"name\": \"scan\"}]",
              agent.equals("ab-resting") ? AgentStatus.MAINTENANCE : AgentStatus.ACTIVE),
          null,
          ALL_HEALTHY);
    }
    beats.write(Map.of("ab-none", 5_000L, "ab-well", 5_000L, "ab-resting", 5_000L));
    open.commit(OpenJournal.message("alice", "ab-well", "x").build());
    await()
        .atMost(OpenJournal.PATIENCE)
        .untilAsserted(() ->
            assertThat(store.able(ALL_HEALTHY, true))
                .containsExactly(
                    new AbleAgent(
                        "ab-well", "default", "[{\"name\": \"scan\"}]", false, 1, bytes())));
    assertThat(store.able(ALL_HEALTHY, false))
        .containsExactly(
            new AbleAgent("ab-well", "default", "[{\"name\": \"scan\"}]", false, 0, 0));
    assertThat(store.able(ALL_OFFLINE, false)).isEmpty();
  }

  /// What the only open message takes.
  private long bytes() {
    return open.database.run(
        "weigh",
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT octet_length(encrypted_payload) FROM message_queue")) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
          }
        });
  }

  @Test
  void poolsAreFound() {
    work(POOL);
    open.commit(OpenJournal.message("alice", "capable", "x").build());
    await().atMost(OpenJournal.PATIENCE).until(() -> store.pools().equals(List.of(POOL)));
  }

  private Accept work(String mailbox) {
    return open.commit(
        OpenJournal.message("alice", mailbox, UUID.randomUUID().toString())
            .routedTo(WANTED)
            .build());
  }

  private static Progress move(Accept work, String target, @Nullable Object origin) {
    return Progress.of(
        work.recipient(),
        work.mailboxEpoch(),
        work.sequence(),
        MessageStatus.MOVED,
        target,
        2_000,
        origin);
  }

  /// Once what is committed is rows.
  private List<Move> moving() {
    open.messages.countByStatus();
    return store.moving(4_000_000_000_000L, null, 10);
  }

  @Test
  void whatHasMovedOnIsListedOnceAsWhatItIs() {
    Accept done = work(POOL);
    open.commit(move(done, "bob", null));
    Accept at = open.commit(done.to("bob", null));
    open.commit(move(at, "carol", null));
    open.progress(open.commit(done.to("carol", null)), MessageStatus.PROCESSED, null, 5_000);
    Accept between = open.commit(work(POOL).to("bob", null));
    open.commit(move(between, "carol", null));
    assertThat(moving()).hasSize(3);
    assertThat(store.settle()).isEqualTo(2);

    assertThat(listed(null))
        .containsExactlyInAnyOrder("carol processed " + done.id(), "bob moved " + between.id());
    assertThat(listed(MessageStatus.PENDING)).containsExactly("bob moved " + between.id());
    assertThat(listed(MessageStatus.PROCESSED)).containsExactly("carol processed " + done.id());
  }

  /// With no pools: whoever lists is of an organization, and looks for agents' messages.
  private List<String> listed(@Nullable MessageStatus status) {
    MessageFilter filter =
        new MessageFilter(null, null, null, null, null, status, 0, MessageFilter.NO_END);
    return open
        .messages
        .list(filter, MessageList.Position.before(9_000), 10, 9_000)
        .messages()
        .stream()
        .filter(message -> !PoolName.isOne(message.recipient()))
        .map(m -> m.recipient() + " " + m.status().text() + " " + m.id())
        .toList();
  }
}
