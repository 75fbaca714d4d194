package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.Agent;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.Offer;
import dev.aegis.store.Outcome;
import dev.aegis.store.Placed;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredSubscription;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TopicsTest {
  private static final int PER_AGENT = 3;
  private static final int ALL = 5;

  private final FakeJournal journal = new FakeJournal();
  private final FakeSubscriptions store = new FakeSubscriptions();
  private final GatewayCounters counters = new GatewayCounters((_, _, _, _) -> {});
  private final JournalReports reports =
      new JournalReports(
          new Dispatchers(LaneBounds.defaults()), counters, () -> Instant.ofEpochMilli(this.now));
  private final List<AgentLine> lines = new ArrayList<>();
  private final List<String> revoked = new ArrayList<>();
  private Router router = router();
  private long now = 1_000;
  private long epoch;

  private Router router() {
    RouterSettings defaults = RouterSettings.defaults("test");
    return new Router(
        new RouterSettings(
            defaults.limits(),
            defaults.mailbox(),
            new TopicBounds(PER_AGENT, ALL),
            defaults.retries(),
            defaults.heldBytes(),
            defaults.creditMessages(),
            defaults.creditBytes(),
            defaults.mailboxMessages(),
            defaults.mailboxBytes(),
            defaults.retryMillis(),
            defaults.heartbeatMillis(),
            defaults.capabilities(),
            defaults.version()),
        reports,
        journal,
        new NoMessages(),
        id -> Optional.of(new Agent(id, "org", new byte[32], 1, revoked.contains(id) ? 1 : 0)),
        (_, _, _, _) -> {},
        new RateLimiter(Rates.defaults(), 100),
        new Uuid7(() -> Instant.ofEpochMilli(now), new SecureRandom()),
        Runnable::run,
        store,
        OtherNodes.NONE,
        TopicFabric.NONE,
        () -> Instant.ofEpochMilli(now),
        () -> now * 1_000_000);
  }

  @AfterEach
  void release() {
    lines.forEach(line -> line.channel.finishAndReleaseAll());
  }

  @Test
  void aMessageReachesWhoeverIsSubscribedAsItWasWritten() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = subscribed("bob", "task.*");
    AgentLine carol = subscribed("carol", "task.created");
    AgentLine dave = subscribed("dave", "other.>");
    Message message = event("alice", "task.created").build();

    alice.send(message);

    for (AgentLine line : List.of(bob, carol)) {
      Control.Delivery delivery = (Control.Delivery) received(line).getFirst();
      assertThat(delivery.sequence()).isZero();
      assertThat(delivery.envelope()).isEqualTo(EnvelopeCodec.encode(message));
    }
    assertThat(received(dave)).isEmpty();
    assertThat(received(alice)).isEmpty();
    assertThat(counters.topics().live().delivered()).isEqualTo(2);
  }

  @Test
  void aPublisherThatIsSubscribedGetsItsOwn() throws Exception {
    AgentLine alice = subscribed("alice", ">");

    alice.send(event("alice", "a").build());

    assertThat(received(alice)).singleElement().isInstanceOf(Control.Delivery.class);
  }

  @Test
  void anAgentGetsAMessageOnceHoweverManySubscriptionsFit() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = subscribed("bob", "a.*");
    bob.send(subscribe(new UUID(0, 9), ">", null, false));
    received(bob);

    alice.send(event("alice", "a.b").build());

    assertThat(received(bob)).hasSize(1);
  }

  @Test
  void organizationsHaveTheirOwnTopics() throws Exception {
    AgentLine alice = open("alice");
    AgentLine eve = line("eve", "elsewhere");
    eve.send(subscribe(new UUID(0, 1), ">", null, false));
    received(eve);

    alice.send(event("alice", "a").build());

    assertThat(received(eve)).isEmpty();
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void filtersDecideWithoutThePayload() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = open("bob");
    bob.send(
        new Control.Subscribe(
            new UUID(0, 1),
            ">",
            Map.of("type", "task", "priority", "high,critical", "meta.region", "eu"),
            null,
            false));
    received(bob);

    Message.Builder fits =
        event("alice", "a").priority(Priority.HIGH).metadata(Map.of("region", "eu"));
    alice.send(fits.build());
    assertThat(received(bob)).hasSize(1);
    alice.send(fits.metadata(Map.of("region", "us")).build());
    alice.send(fits.metadata(Map.of("region", "eu")).priority(Priority.LOW).build());
    assertThat(received(bob)).isEmpty();
  }

  @Test
  void oneOfAQueueGroupGetsIt() throws Exception {
    AgentLine alice = open("alice");
    List<AgentLine> workers = new ArrayList<>();
    for (String name : List.of("w1", "w2", "w3")) {
      AgentLine worker = open(name);
      worker.send(subscribe(new UUID(0, 1), "job.*", "workers", false));
      received(worker);
      workers.add(worker);
    }
    for (int i = 0; i < 60; i++) {
      alice.send(event("alice", "job.x").build());
    }
    int total = 0;
    for (AgentLine worker : workers) {
      int some = received(worker).size();
      assertThat(some).isPositive();
      total += some;
    }
    assertThat(total).isEqualTo(60);
  }

  @Test
  void subscribingIsAnsweredInOrderAndEndsWithTheSession() throws Exception {
    AgentLine bob = open("bob");
    UUID first = new UUID(0, 1);
    UUID second = new UUID(0, 2);
    bob.send(
        subscribe(first, "a", null, true),
        subscribe(second, "b", null, false),
        new Control.Unsubscribe(first),
        new Control.Unsubscribe(new UUID(7, 7)));

    assertThat(received(bob))
        .containsExactly(
            confirmed(first, 1),
            confirmed(second, 0),
            confirmed(first, 1),
            confirmed(new UUID(7, 7), 0));
    assertThat(router.subscriptions()).isEqualTo(1);
    router.closed(bob.session, CloseCode.NORMAL);
    assertThat(router.subscriptions()).isZero();
  }

  private Control.Receipt confirmed(UUID id, int level) {
    return new Control.Receipt(Stage.STORED, 0, List.of(id), null, level, now);
  }

  @Test
  void theSameIdReplacesASubscription() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = open("bob");
    UUID id = new UUID(0, 1);
    bob.send(subscribe(id, "a", null, true), subscribe(id, "b", null, true));
    bob.send(subscribe(id, "c", null, false));
    received(bob);
    assertThat(router.subscriptions()).isEqualTo(1);
    assertThat(store.rows).isEmpty();

    alice.send(event("alice", "a").build(), event("alice", "b").build());
    assertThat(received(bob)).isEmpty();
    alice.send(event("alice", "c").build());
    assertThat(received(bob)).hasSize(1);
  }

  @Test
  void whatIsNoSubscriptionIsRefusedUnderItsId() throws Exception {
    AgentLine bob = open("bob");
    UUID id = new UUID(0, 1);
    List<Control.Subscribe> bad =
        List.of(
            subscribe(id, "a..b", null, false),
            subscribe(id, "a.>.b", null, false),
            subscribe(id, "", null, false),
            subscribe(id, "a", "no group", false),
            new Control.Subscribe(id, "a", Map.of("colour", "red"), null, false),
            new Control.Subscribe(id, "a", Map.of("priority", "soon"), null, true));
    for (Control.Subscribe each : bad) {
      bob.send(each);
      assertThat(received(bob))
          .singleElement()
          .isInstanceOfSatisfying(
              Control.Refusal.class,
              refusal -> {
                assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_FIELD.wire());
                assertThat(refusal.messageId()).isEqualTo(id);
                assertThat(refusal.refusedKind()).isEqualTo(Kind.SUBSCRIBE.wire());
              });
    }
    assertThat(router.subscriptions()).isZero();
  }

  @Test
  void anAgentHasSoManySubscriptionsAndNoMore() throws Exception {
    AgentLine bob = open("bob");
    for (int i = 0; i < PER_AGENT; i++) {
      bob.send(subscribe(new UUID(0, i), "a", null, i == 0));
    }
    assertThat(received(bob)).allSatisfy(e -> assertThat(e).isInstanceOf(Control.Receipt.class));

    bob.send(subscribe(new UUID(0, 9), "a", null, false));
    assertRefused(bob, ErrorCode.TOO_MANY_SUBSCRIPTIONS);
    bob.send(subscribe(new UUID(0, 9), "a", null, true));
    assertRefused(bob, ErrorCode.TOO_MANY_SUBSCRIPTIONS);
    bob.send(subscribe(new UUID(0, 1), "b", null, false)); // in the place of another
    assertThat(received(bob)).singleElement().isInstanceOf(Control.Receipt.class);
  }

  @Test
  void allAgentsTogetherHaveSoManyAndNoMore() throws Exception {
    for (int i = 0; i < ALL; i++) {
      subscribed("agent" + i, "a");
    }
    AgentLine bob = open("bob");
    bob.send(subscribe(new UUID(0, 1), "a", null, false));
    assertRefused(bob, ErrorCode.OVERLOADED);
    bob.send(subscribe(new UUID(0, 1), "a", null, true));
    assertRefused(bob, ErrorCode.OVERLOADED);
    assertThat(store.rows).isEmpty();

    router.closed(lines.getFirst().session, CloseCode.NORMAL);
    bob.send(subscribe(new UUID(0, 1), "a", null, true));
    assertThat(received(bob)).singleElement().isInstanceOf(Control.Receipt.class);
  }

  @Test
  void aGroupSubscriptionMayNotOverlapAnotherOfTheAgent() throws Exception {
    AgentLine bob = subscribed("bob", "a.*");

    bob.send(subscribe(new UUID(0, 9), "*.b", "g", false));
    assertRefused(bob, ErrorCode.CONFLICT);
    bob.send(subscribe(new UUID(0, 9), "b.*", "g", false));
    assertThat(received(bob)).singleElement().isInstanceOf(Control.Receipt.class);
    bob.send(subscribe(new UUID(0, 10), ">", null, true));
    assertRefused(bob, ErrorCode.CONFLICT);
  }

  @Test
  void aStoreThatIsAwayRefusesWhatIsDurableAndNothingElse() throws Exception {
    AgentLine bob = open("bob");
    store.away = true;
    bob.send(
        subscribe(new UUID(0, 1), "a", null, true), subscribe(new UUID(0, 2), "b", null, false));

    List<Envelope> replies = received(bob);
    assertThat(((Control.Refusal) replies.get(0)).code())
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE.wire());
    assertThat(((Control.Refusal) replies.get(0)).retryAfterMillis()).isPositive();
    assertThat(replies.get(1)).isEqualTo(confirmed(new UUID(0, 2), 0));
    assertThat(router.subscriptions()).isEqualTo(1);
    assertThat(bob.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void askingAgainForADurableSubscriptionWritesNothing() throws Exception {
    AgentLine bob = open("bob");
    bob.send(subscribe(new UUID(0, 1), "a", null, true));
    bob.send(subscribe(new UUID(0, 1), "a", null, true));

    assertThat(received(bob)).hasSize(2);
    assertThat(store.writes).isEqualTo(1);
  }

  @Test
  void aDurableMessageIsStoredForEachDurableSubscriberAndAnsweredOnce() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    durable("carol");
    Message message = durableEvent();

    alice.send(message);

    assertThat(accepts()).extracting(Accept::recipient).containsExactlyInAnyOrder("bob", "carol");
    assertThat(accepts())
        .allSatisfy(accept -> {
          assertThat(accept.id()).isEqualTo(message.id());
          assertThat(accept.sender()).isEqualTo("alice");
          assertThat(accept.envelope()).isEqualTo(EnvelopeCodec.encode(message));
        });
    commit(accepts().getFirst());
    assertThat(received(alice)).isEmpty();
    commit(accepts().getLast());
    assertThat(received(alice)).containsExactly(confirmed(message.id(), 1));
  }

  @Test
  void itWaitsForItsSigningWindow() throws Exception {
    durable("bob");
    AgentLine alice = line("alice", "org", true);
    alice.send(durableEvent());
    assertThat(journal.offered).isEmpty();

    alice.send(alice.sign());

    SignedWindow window = (SignedWindow) journal.offered.get(0);
    Accept accept = (Accept) journal.offered.get(1);
    assertThat(accept.windowId()).isEqualTo(window.id());
    assertThat(accept.leafIndex()).isZero();
  }

  @Test
  void connectedSubscribersThatAreNotDurableGetItOnceItIsStored() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    AgentLine carol = subscribed("carol", ">");
    alice.send(durableEvent());
    assertThat(received(carol)).isEmpty();

    commit(accepts().getFirst());

    assertThat(received(carol))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Delivery.class, delivery -> assertThat(delivery.sequence()).isZero());
  }

  @Test
  void aRepeatGetsItsReceiptAndGoesToNobodyAgain() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    AgentLine carol = subscribed("carol", ">");
    Message message = durableEvent();
    alice.send(message);
    commit(accepts().getFirst());
    received(alice);
    received(carol);

    alice.send(message);
    commit(accepts().getLast(), Outcome.DUPLICATE);

    assertThat(received(alice)).containsExactly(confirmed(message.id(), 1));
    assertThat(received(carol)).isEmpty();
  }

  @Test
  void whereNobodyIsDurableTheReceiptSaysThatNothingIsOnDisk() throws Exception {
    AgentLine alice = open("alice");
    AgentLine carol = subscribed("carol", ">");
    Message message = durableEvent();

    alice.send(message);

    assertThat(journal.offered).isEmpty();
    assertThat(received(alice)).containsExactly(confirmed(message.id(), 0));
    assertThat(received(carol)).hasSize(1);
    router.closed(carol.session, CloseCode.NORMAL);
    alice.send(durableEvent());
    assertThat(received(alice)).hasSize(1);
    assertThat(counters.topics().unheard()).isEqualTo(1);
  }

  @Test
  void aFullMailboxMissesItsCopyAndTheSenderIsTold() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    durable("carol");
    journal.depths.put("bob", new Mailboxes.Depth(1, 1, 100_000, 1));
    Message message = durableEvent();

    alice.send(message);
    assertThat(accepts()).extracting(Accept::recipient).containsExactly("carol");
    commit(accepts().getFirst());

    assertThat(received(alice))
        .containsExactly(
            confirmed(message.id(), 1),
            new Control.Receipt(
                Stage.FAILED, ErrorCode.MAILBOX_FULL.wire(), List.of(message.id()), "bob", 0, now));
    assertThat(counters.topics().missed()).isEqualTo(1);
  }

  @Test
  void whereEveryMailboxIsFullNothingIsStored() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    AgentLine carol = subscribed("carol", ">");
    journal.depths.put("bob", new Mailboxes.Depth(1, 1, 100_000, 1));

    alice.send(durableEvent());

    assertThat(journal.offered).isEmpty();
    assertRefused(alice, ErrorCode.MAILBOX_FULL);
    assertThat(received(carol)).isEmpty();
  }

  @Test
  void aCopyThatIsLostRefusesTheMessageAndARepeatStoresTheRest() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    durable("carol");
    AgentLine dave = subscribed("dave", ">");
    Message message = durableEvent();
    alice.send(message);
    commit(accepts().getFirst());
    reports.refused(List.of(accepts().getLast()), new StoreException.Unavailable("test", null));
    assertRefused(alice, ErrorCode.STORE_UNAVAILABLE);
    assertThat(received(dave)).isEmpty();
    assertThat(counters.refused(ErrorCode.STORE_UNAVAILABLE)).isEqualTo(1);

    journal.offered.clear();
    alice.send(message);
    assertThat(accepts()).hasSize(2);
    commit(accepts().getFirst(), Outcome.DUPLICATE);
    commit(accepts().getLast());

    assertThat(received(alice)).containsExactly(confirmed(message.id(), 1));
    assertThat(received(dave)).hasSize(1);
  }

  @Test
  void aJournalThatTakesNothingRefusesAndTheCreditComesBack() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    journal.answer = Offer.UNAVAILABLE;
    for (int i = 0; i < 9_000; i += 1_000) { // more than the credit
      for (int n = 0; n < 1_000; n++) {
        alice.send(durableEvent());
      }
      assertThat(received(alice)).hasSize(1_000).allMatch(Control.Refusal.class::isInstance);
    }
    assertThat(alice.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void oneMemberOfAQueueGroupGetsADurableMessage() throws Exception {
    AgentLine alice = open("alice");
    for (String worker : List.of("w1", "w2", "w3")) {
      AgentLine line = open(worker);
      line.send(subscribe(new UUID(0, 1), ">", "workers", true));
      received(line);
    }
    alice.send(durableEvent());

    assertThat(accepts()).hasSize(1);
  }

  @Test
  void aDurableSubscriptionOutlivesTheSessionAndTheGateway() throws Exception {
    durable("bob");
    router.closed(lines.getLast().session, CloseCode.NORMAL);
    assertThat(router.durableSubscriptions()).isEqualTo(1);

    router = router();
    AgentLine alice = open("alice");
    alice.send(durableEvent());

    assertThat(accepts()).extracting(Accept::recipient).containsExactly("bob");
  }

  @Test
  void nothingIsKeptForAnAgentThatWasShutOut() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    revoked.add("bob");
    router.agentChanged("bob");

    alice.send(durableEvent());

    assertThat(journal.offered).isEmpty();
    assertThat(router.subscriptions()).isZero();
  }

  @Test
  void aLowerBoundThanBeforeTakesNoSubscriptionAway() throws Exception {
    for (int i = 0; i < ALL + 2; i++) {
      store.rows.add(new StoredSubscription(new UUID(0, i), "a" + i, "org", ">", Map.of(), null));
    }
    router = router();

    assertThat(router.durableSubscriptions()).isEqualTo(ALL + 2);
    AgentLine bob = open("bob");
    bob.send(subscribe(new UUID(0, 1), "a", null, false));
    assertRefused(bob, ErrorCode.OVERLOADED);
  }

  @Test
  void whatWasPublishedElsewhereReachesTheAgentsConnectedHere() throws Exception {
    AgentLine bob = subscribed("bob", ">");
    durable("carol");
    AgentLine worker = open("worker");
    worker.send(subscribe(new UUID(0, 1), ">", "workers", false));
    received(worker);
    byte[] envelope = EnvelopeCodec.encode(durableEvent());

    router.publishedElsewhere("org", envelope, _ -> false);
    assertThat(received(bob)).hasSize(1);
    assertThat(received(worker)).isEmpty();
    router.publishedElsewhere("org", envelope, "workers"::equals);
    assertThat(received(worker)).hasSize(1);
    assertThat(journal.offered).isEmpty();
  }

  @Test
  void theApiPublishesToo() throws Exception {
    AgentLine bob = subscribed("bob", ">");
    durable("carol");
    Principal service = new Principal("svc", "org");
    var sent = router.submit(service, event("svc", "a").build()).toCompletableFuture();
    assertThat(sent).isCompletedWithValue(new SubmitResult.Sent(2));
    assertThat(received(bob)).hasSize(1);

    var stored =
        router
            .submit(service, event("svc", "a").guarantee(Guarantee.AT_LEAST_ONCE).build())
            .toCompletableFuture();
    assertThat(stored).isNotDone();
    commit(accepts().getFirst());
    assertThat(stored).isCompletedWithValue(new SubmitResult.Published(1, false));
  }

  private void commit(Accept accept) {
    commit(accept, Outcome.STORED);
  }

  private void commit(Accept accept, Outcome outcome) {
    reports.committed(List.of(Placed.at(accept, outcome, 1)));
  }

  private List<Accept> accepts() {
    return journal.offered.stream()
        .filter(Accept.class::isInstance)
        .map(Accept.class::cast)
        .toList();
  }

  private void assertRefused(AgentLine line, ErrorCode code) throws Exception {
    assertThat(received(line))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code.wire()));
  }

  private static Message.Builder event(String from, String topic) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), from, "topic:" + topic, "task")
        .guarantee(Guarantee.BEST_EFFORT)
        .payload(new byte[8]);
  }

  private static Message durableEvent() {
    return event("alice", "a.b")
        .guarantee(Guarantee.AT_LEAST_ONCE)
        .flags(Message.RECEIPT_STORED)
        .build();
  }

  private static Control.Subscribe subscribe(
      UUID id, String pattern, @Nullable String group, boolean durable) {
    return new Control.Subscribe(id, pattern, Map.of(), group, durable);
  }

  private AgentLine subscribed(String agent, String pattern) throws Exception {
    AgentLine line = open(agent);
    line.send(subscribe(new UUID(0, 1), pattern, null, false));
    assertThat(received(line)).singleElement().isInstanceOf(Control.Receipt.class);
    return line;
  }

  /// An agent with a durable subscription to everything.
  private void durable(String agent) throws Exception {
    AgentLine line = open(agent);
    line.send(subscribe(new UUID(0, 1), ">", null, true));
    assertThat(received(line)).singleElement().isInstanceOf(Control.Receipt.class);
  }

  private AgentLine open(String agent) throws Exception {
    return line(agent, "org");
  }

  private AgentLine line(String agent, String organization) throws Exception {
    return line(agent, organization, false);
  }

  private AgentLine line(String agent, String organization, boolean signing) throws Exception {
    AgentLine line = new AgentLine(router, agent, organization, signing, ++epoch, now);
    lines.add(line);
    router.opened(line.session);
    received(line);
    return line;
  }

  /// Everything that has arrived but raised credit, once everyone's tasks have run.
  private List<Envelope> received(AgentLine line) throws Exception {
    lines.forEach(each -> each.channel.runPendingTasks());
    return line.received().stream().filter(e -> !(e instanceof Control.Credit)).toList();
  }
}
