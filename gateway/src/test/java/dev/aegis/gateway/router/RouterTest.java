package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.admission.Rate;
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
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.Agent;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RouterTest {

  private final FakeJournal journal = new FakeJournal();
  private final GatewayCounters counters = new GatewayCounters((_, _, _, _, _) -> {});
  private final JournalReports reports =
      new JournalReports(
          new Dispatchers(LaneBounds.defaults()), counters, () -> Instant.ofEpochMilli(this.now));
  private final List<String> audit = new ArrayList<>();
  private final Map<String, String> enrolled = Map.of("bob", "org", "eve", "elsewhere");
  private final Router router = router(Rates.defaults());
  private final List<AgentLine> lines = new ArrayList<>();
  private long now = 1_000;

  /// How far the wall clock was put forward or back.
  private long step;

  private long epoch;

  private Router router(Rates rates) {
    return new Router(
        RouterSettings.defaults("test"),
        reports,
        journal,
        new NoMessages(),
        id ->
            Optional.ofNullable(enrolled.get(id))
                .map(organization -> new Agent(id, organization, new byte[32], 1, 0)),
        (_, actor, action, _, _) -> audit.add(actor + " " + action),
        null,
        new RateLimiter(rates, 100),
        new Uuid7(() -> Instant.ofEpochMilli(now), new SecureRandom()),
        Runnable::run,
        new FakeSubscriptions(),
        OtherNodes.NONE,
        TopicFabric.NONE,
        () -> Instant.ofEpochMilli(now + step),
        () -> now * 1_000_000);
  }

  @AfterEach
  void release() {
    lines.forEach(line -> line.channel.finishAndReleaseAll());
  }

  @Test
  void welcomeStandsAloneInTheFirstRecord() throws Exception {
    journal.depths.put("bob", new Mailboxes.Depth(4, 9, 0, 0));
    AgentLine bob = open("bob", false);

    List<Envelope> first = bob.record();

    assertThat(first).hasSize(1);
    Control.Welcome welcome = (Control.Welcome) first.getFirst();
    assertThat(welcome.mailboxEpoch()).isEqualTo(4);
    assertThat(welcome.nextSequence()).isEqualTo(9);
    assertThat(welcome.signingRequired()).isFalse();
  }

  @Test
  void bestEffortReachesTheConnectedRecipientAsItWasWritten() throws Exception {
    AgentLine alice = welcomed("alice", false);
    AgentLine bob = welcomed("bob", false);
    Message message = message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).build();

    alice.send(message);

    Control.Delivery delivery = (Control.Delivery) received(bob).getFirst();
    assertThat(delivery.sequence()).isZero();
    assertThat(delivery.bytes()).isEqualTo(EnvelopeCodec.encode(message));
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void theTimeToLiveOfBestEffortDoesNotFollowStepsOfTheClock() throws Exception {
    AgentLine alice = welcomed("alice", false);
    AgentLine bob = welcomed("bob", false);
    now = 10_000_000;

    alice.send(shortLived());
    step = 3_600_000;
    now += 999;
    assertThat(received(bob))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Delivery.class,
            delivery -> assertThat(delivery.acceptedAtMillis()).isEqualTo(10_000_000));

    alice.send(shortLived());
    step = -3_600_000;
    now += 1_000;
    assertThat(received(bob)).isEmpty();
    assertThat(received(alice)).singleElement().satisfies(e -> refused(e, ErrorCode.EXPIRED));
  }

  private static Message shortLived() {
    return message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).ttlMillis(1_000).build();
  }

  @Test
  void bestEffortToAnOfflineAgentIsDroppedWithAnError() throws Exception {
    AgentLine alice = welcomed("alice", false);

    alice.send(message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).build());

    assertThat(received(alice))
        .singleElement()
        .satisfies(e -> refused(e, ErrorCode.RECIPIENT_OFFLINE));
  }

  @Test
  void unknownRecipientAndForeignRecipientAreRefusedInOrder() throws Exception {
    AgentLine alice = welcomed("alice", false);

    alice.send(message("alice", "nobody").build(), message("alice", "eve").build());

    List<Envelope> replies = received(alice);
    refused(replies.get(0), ErrorCode.UNKNOWN_RECIPIENT);
    refused(replies.get(1), ErrorCode.NOT_AUTHORIZED);
    assertThat(journal.offered).isEmpty();
  }

  @Test
  void senderMustBeTheAgentOfTheSession() throws Exception {
    AgentLine alice = welcomed("alice", false);

    alice.send(message("mallory", "bob").build());

    assertThat(received(alice)).singleElement().satisfies(e -> refused(e, ErrorCode.FROM_MISMATCH));
  }

  @Test
  void durableMessageIsHeldUntilItsWindowVerifies() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", true);
    Message message = message("alice", "bob").build();
    alice.send(message);
    assertThat(journal.offered).isEmpty();

    alice.send(alice.sign());

    assertThat(journal.offered).hasSize(2);
    SignedWindow window = (SignedWindow) journal.offered.get(0);
    Accept accept = (Accept) journal.offered.get(1);
    assertThat(accept.windowId()).isEqualTo(window.id());
    assertThat(accept.leafIndex()).isZero();
    assertThat(accept.envelope()).isEqualTo(EnvelopeCodec.encode(message));
  }

  @Test
  void badSignatureEndsTheSessionAndIsAudited() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", true);
    alice.send(message("alice", "bob").build());

    alice.send(new Control.WindowSignature(0, 1, new byte[64]));

    assertThat(alice.closeCode()).isEqualTo(CloseCode.BAD_SIGNATURE.wire());
    assertThat(journal.offered).isEmpty();
    assertThat(audit).containsExactly("alice bad-signature");
  }

  @Test
  void overdueSignatureEndsTheSession() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", true);
    for (int i = 0; i < 1_024; i++) {
      alice.send(message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).build());
    }
    assertThat(alice.session.isOpen()).isTrue();

    alice.send(message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).build());

    assertThat(alice.closeCode()).isEqualTo(CloseCode.BAD_SIGNATURE.wire());
  }

  @Test
  void storeThatIsAwayRefusesWithARetryHint() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", false);
    journal.answer = Offer.UNAVAILABLE;

    alice.send(message("alice", "bob").build());

    Control.Refusal refusal = (Control.Refusal) received(alice).getFirst();
    assertThat(refusal.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE.wire());
    assertThat(refusal.retryAfterMillis()).isPositive();
  }

  @Test
  void refusedSegmentIsToldToTheSender() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", false);
    alice.send(message("alice", "bob").build());

    reports.refused(List.copyOf(journal.offered), new StoreException.Unavailable("test", null));

    assertThat(received(alice))
        .singleElement()
        .satisfies(e -> refused(e, ErrorCode.STORE_UNAVAILABLE));
  }

  @Test
  void fullMailboxRefuses() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", false);
    journal.depths.put("bob", new Mailboxes.Depth(1, 1, 100_000, 1));

    alice.send(message("alice", "bob").build());

    assertThat(received(alice)).singleElement().satisfies(e -> refused(e, ErrorCode.MAILBOX_FULL));
  }

  @Test
  void emptyRateBucketRefusesAndTheSessionLivesOn() throws Exception {
    Router slow = router(new Rates(new Rate(1, 2), new Rate(1, 1), new Rate(1, 1)));
    AgentLine bob = open(slow, "bob", false);
    AgentLine alice = open(slow, "alice", false);
    received(bob);
    received(alice);
    Message.Builder normal = message("alice", "bob").guarantee(Guarantee.BEST_EFFORT);

    alice.send(normal.build(), normal.build());
    alice.send(normal.priority(Priority.HIGH).build());

    assertThat(received(alice)).singleElement().satisfies(e -> refused(e, ErrorCode.RATE_LIMITED));
    assertThat(received(bob)).hasSize(2);
    assertThat(alice.session.isOpen()).isTrue();
  }

  @Test
  void broadcastReachesOwnOrganizationExceptTheSender() throws Exception {
    AgentLine alice = welcomed("alice", false);
    AgentLine bob = welcomed("bob", false);
    AgentLine carol = welcomed("carol", false);

    alice.send(message("alice", "*").guarantee(Guarantee.BEST_EFFORT).build());

    assertThat(received(bob)).hasSize(1);
    assertThat(received(carol)).hasSize(1);
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void drainingRefusesMessagesAndAnswersHeartbeats() throws Exception {
    AgentLine alice = welcomed("alice", false);
    router.drain();

    alice.send(message("alice", "bob").build());
    alice.send(new Control.Heartbeat(7, false));

    List<Envelope> replies = received(alice);
    refused(replies.get(0), ErrorCode.SHUTTING_DOWN);
    assertThat(replies.get(1)).isEqualTo(new Control.Heartbeat(7, true));
  }

  @Test
  void misdirectedKindsAndMessagesForNobodyAreAnsweredWithTheirErrors() throws Exception {
    router.capabilities().update(List.of()); // nobody is able to do anything
    AgentLine alice = welcomed("alice", false);

    alice.send(new Control.Credit(1, 1));
    alice.send(message("alice", "cap:ocr").build());

    List<Envelope> replies = received(alice);
    refused(replies.get(0), ErrorCode.UNSUPPORTED_KIND);
    refused(replies.get(1), ErrorCode.NO_CANDIDATE);
  }

  @Test
  void brokenFlightEndsTheSession() throws Exception {
    AgentLine alice = welcomed("alice", false);

    router.flight(alice.session, new byte[] {0, 0, 0, 9, 1}, 0, 5);

    assertThat(alice.closeCode()).isEqualTo(CloseCode.PROTOCOL_ERROR.wire());
  }

  @Test
  void creditComesBackAsMessagesAreDealtWith() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", false);
    Message.Builder message = message("alice", "bob").guarantee(Guarantee.BEST_EFFORT);
    for (int i = 0; i < 2_048; i++) {
      alice.send(message.build());
    }

    assertThat(received(alice))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Credit.class, credit -> assertThat(credit.messages()).isEqualTo(8_192 + 2_048));
  }

  @Test
  void readingStopsBeyondTheCreditAndResumesWithTheStore() throws Exception {
    welcomed("bob", false);
    AgentLine alice = welcomed("alice", false);
    for (int i = 0; i < 8_193; i++) {
      alice.send(message("alice", "bob").build());
    }
    assertThat(journal.offered).hasSize(8_192);
    assertThat(alice.channel.config().isAutoRead()).isFalse();

    reports.refused(
        List.copyOf(journal.offered.subList(0, 10)), new StoreException.Unavailable("test", null));
    alice.channel.runPendingTasks();

    assertThat(journal.offered).hasSize(8_193);
    assertThat(alice.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void ackOfWhatIsFinishedIsConfirmedWithoutTheStore() throws Exception {
    journal.depths.put("bob", new Mailboxes.Depth(4, 9, 0, 0));
    AgentLine bob = welcomed("bob", false);

    bob.send(new Control.Ack(Stage.PROCESSED, 4, SequenceRanges.of(3)));

    assertThat(received(bob))
        .containsExactly(new Control.Confirm(Stage.PROCESSED, 4, SequenceRanges.of(3)));
    assertThat(journal.offered).noneMatch(Progress.class::isInstance);
  }

  @Test
  void closedSessionIsForgotten() throws Exception {
    AgentLine alice = welcomed("alice", false);
    AgentLine bob = welcomed("bob", false);
    router.closed(bob.session, CloseCode.NORMAL);

    alice.send(message("alice", "bob").guarantee(Guarantee.BEST_EFFORT).build());

    assertThat(received(alice))
        .singleElement()
        .satisfies(e -> refused(e, ErrorCode.RECIPIENT_OFFLINE));
    assertThat(bob.session.attachment()).isNull();
  }

  @Test
  void submitFromTheApiIsOfferedAndRefusalsAreResults() {
    Message message = message("svc", "bob").build();
    var pending = router.submit(new Principal("svc", "org"), message).toCompletableFuture();
    assertThat(journal.offered).hasSize(1);
    assertThat(pending).isNotDone();

    var unknown =
        router
            .submit(new Principal("svc", "org"), message("svc", "nobody").build())
            .toCompletableFuture();

    assertThat(unknown)
        .succeedsWithin(Duration.ofSeconds(5))
        .isInstanceOfSatisfying(
            SubmitResult.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNKNOWN_RECIPIENT));
  }

  private static void refused(Envelope envelope, ErrorCode code) {
    assertThat(envelope)
        .isInstanceOfSatisfying(
            Control.Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code.wire()));
  }

  private static Message.Builder message(String from, String to) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), from, to, "task").payload(new byte[8]);
  }

  private AgentLine welcomed(String agent, boolean signing) throws Exception {
    AgentLine line = open(agent, signing);
    received(line);
    return line;
  }

  private AgentLine open(String agent, boolean signing) {
    return open(router, agent, signing);
  }

  private AgentLine open(Router with, String agent, boolean signing) {
    AgentLine line = new AgentLine(with, agent, signing, ++epoch, now);
    lines.add(line);
    with.opened(line.session);
    return line;
  }

  /// Everything that has arrived, once everyone's tasks have run.
  private List<Envelope> received(AgentLine line) throws Exception {
    lines.forEach(each -> each.channel.runPendingTasks());
    return line.received();
  }
}
