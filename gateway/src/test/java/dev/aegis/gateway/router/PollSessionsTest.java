package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.poll.Answered;
import dev.aegis.gateway.poll.Poll;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.Agent;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Outcome;
import dev.aegis.store.Placed;
import dev.aegis.store.Progress;
import dev.aegis.store.StoredMessage;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Agents without a socket, over a whole router.
class PollSessionsTest {
  private static final long EPOCH = 1;
  private static final long PATIENCE_SECONDS = 20;
  private static final long LONG = 60_000;

  private final FakeJournal journal = new FakeJournal();
  private final JournalReports reports =
      new JournalReports(
          new Dispatchers(LaneBounds.defaults()),
          new GatewayCounters((_, _, _, _, _) -> {}),
          InstantSource.system());
  private final List<StoredMessage> open = new ArrayList<>();
  private final Sessions sessions = new Sessions(InstantSource.system());
  private final Router router =
      new Router(
          RouterSettings.defaults("test"),
          reports,
          journal,
          new NoMessages() {
            @Override
            public List<StoredMessage> load(
                String recipient, long mailboxEpoch, List<Long> sequences) {
              return open.stream().filter(m -> sequences.contains(m.sequence())).toList();
            }
          },
          id -> Optional.of(new Agent(id, "org", new byte[32], 1, 0)),
          (_, _, _, _, _) -> {},
          null,
          new RateLimiter(Rates.defaults(), 100),
          new Uuid7(InstantSource.system(), new SecureRandom()),
          Runnable::run,
          new FakeSubscriptions(),
          OtherNodes.NONE,
          TopicFabric.NONE,
          InstantSource.system(),
          System::nanoTime);
  private PollSessions polls = sessions(Duration.ofMinutes(1));
  private long sequence;

  private PollSessions sessions(Duration idle) {
    return new PollSessions(sessions, router, idle, InstantSource.system(), new SecureRandom());
  }

  @AfterEach
  void close() {
    polls.close();
  }

  @Test
  void aCallThatWaitsGetsWhatIsCommitted() throws Exception {
    CompletionStage<Poll> waiting = polls.poll("bob", "org", 10, LONG);
    await().until(() -> reports.peers().find("bob") != null);
    Accept accept = commit();

    Poll.Messages got = (Poll.Messages) get(waiting);
    assertThat(got.mailboxEpoch()).isEqualTo(EPOCH);
    assertThat(got.deliveries())
        .singleElement()
        .satisfies(delivery -> {
          assertThat(delivery.sequence()).isEqualTo(accept.sequence());
          assertThat(delivery.bytes()).isEqualTo(accept.envelope());
        });
  }

  @Test
  void aCallThatFindsNothingEndsInTime() throws Exception {
    assertThat(get(polls.poll("bob", "org", 10, 20)))
        .isEqualTo(new Poll.Messages(0, List.of(), List.of()));
    assertThat(get(polls.poll("bob", "org", 10, 0)))
        .isEqualTo(new Poll.Messages(0, List.of(), List.of()));
  }

  @Test
  void noCallGetsMoreThanItAskedFor() throws Exception {
    get(polls.poll("bob", "org", 1, 0));
    for (int i = 0; i < 5; i++) {
      commit();
    }
    assertThat(sequences(get(polls.poll("bob", "org", 2, LONG)))).containsExactly(1L, 2L);
    assertThat(sequences(get(polls.poll("bob", "org", 10, LONG)))).containsExactly(3L, 4L, 5L);
  }

  @Test
  void theNewestCallGetsTheMessages() throws Exception {
    CompletionStage<Poll> older = polls.poll("bob", "org", 10, LONG);
    CompletionStage<Poll> newer = polls.poll("bob", "org", 10, LONG);
    assertThat(sequences(get(older))).isEmpty();
    commit();
    assertThat(sequences(get(newer))).containsExactly(1L);
  }

  @Test
  void bestEffortMessagesWaitForTheNextCall() throws Exception {
    get(polls.poll("bob", "org", 1, 0));
    Message message =
        Message.builder(Kind.EVENT, UUID.randomUUID(), "api.test", "bob", "task")
            .guarantee(Guarantee.BEST_EFFORT)
            .payload(new byte[8])
            .build();
    assertThat(get(router.submit(new Principal("api.test", "org"), message)))
        .isInstanceOf(SubmitResult.Sent.class);

    Poll.Messages got = (Poll.Messages) get(polls.poll("bob", "org", 10, LONG));
    assertThat(got.deliveries())
        .singleElement()
        .satisfies(d -> assertThat(d.bytes()).isEqualTo(EnvelopeCodec.encode(message)));
  }

  @Test
  void processedIsAnsweredOnceItIsOnDisk() throws Exception {
    delivered();
    CompletableFuture<Answered> answered =
        polls.processed("bob", "org", EPOCH, SequenceRanges.of(1)).toCompletableFuture();
    Progress progress = progress(MessageStatus.PROCESSED);
    assertThat(answered).isNotDone();

    reports.committed(List.of(progress));
    assertThat(get(answered)).isEqualTo(new Answered.Taken());
  }

  @Test
  void aMessageThatWasOnlySeenCanBeFinished() throws Exception {
    Accept accept = Placed.at(accept(), Outcome.STORED, 1);
    open.add(stored(accept));
    journal.depths.put("bob", new Mailboxes.Depth(accept.mailboxEpoch(), 2, 1, 100));
    CompletionStage<Answered> answered =
        polls.processed("bob", "org", accept.mailboxEpoch(), SequenceRanges.of(1));

    reports.committed(List.of(progress(MessageStatus.PROCESSED)));
    assertThat(get(answered)).isEqualTo(new Answered.Taken());
  }

  @Test
  void anotherEpochIsNotOnItsWay() throws Exception {
    delivered();
    assertThat(get(polls.processed("bob", "org", EPOCH + 1, SequenceRanges.of(1))))
        .isEqualTo(new Answered.NotOnItsWay());
  }

  @Test
  void whatFailsComesAgain() throws Exception {
    delivered();
    Control.Nack nack = new Control.Nack(EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), "broken", 0);
    assertThat(get(polls.failed("bob", "org", nack))).isEqualTo(new Answered.Taken());
    assertThat(progress(MessageStatus.PENDING).reason())
        .isEqualTo(ErrorCode.HANDLER_FAILED.label());
    assertThat(get(polls.failed("bob", "org", nack))).isEqualTo(new Answered.NotOnItsWay());
  }

  @Test
  void onlyWhatWasHandedOutIsWorkedOn() throws Exception {
    delivered();
    assertThat(get(polls.working("bob", "org", EPOCH, 1))).isEqualTo(new Answered.Taken());
    assertThat(get(polls.working("bob", "org", EPOCH, 2))).isEqualTo(new Answered.NotOnItsWay());
  }

  @Test
  void aLoginOverASocketEndsTheCall() throws Exception {
    CompletionStage<Poll> waiting = polls.poll("bob", "org", 10, LONG);
    await().until(() -> sessions.find("bob") != null);
    AgentLine socket = new AgentLine(router, "bob", false, sessions.nextEpoch(), 1);
    sessions.register(socket.session);
    router.opened(socket.session);

    assertThat(get(waiting)).isEqualTo(new Poll.Ended(CloseCode.TAKEN_OVER));
    assertThat(get(polls.poll("bob", "org", 10, LONG))).isEqualTo(new Poll.Connected());
    assertThat(get(polls.working("bob", "org", EPOCH, 1))).isEqualTo(new Answered.Connected());
    socket.channel.finishAndReleaseAll();
  }

  @Test
  void anUnusedSessionEndsOnceNothingIsOnItsWay() throws Exception {
    polls.close();
    polls = sessions(Duration.ofMillis(40));
    delivered();
    for (int i = 0; i < 5; i++) {
      TimeUnit.MILLISECONDS.sleep(30); // beyond the time of an unused one
      assertThat(sessions.find("bob")).isNotNull();
    }
    polls.processed("bob", "org", EPOCH, SequenceRanges.of(1));
    reports.committed(List.of(progress(MessageStatus.PROCESSED)));

    await().until(() -> sessions.find("bob") == null && polls.size() == 0);
  }

  @Test
  void closingEndsWhoeverWaits() throws Exception {
    CompletionStage<Poll> waiting = polls.poll("bob", "org", 10, LONG);
    await().until(() -> sessions.find("bob") != null);
    polls.close();
    assertThat(get(waiting)).isEqualTo(new Poll.Ended(CloseCode.GOING_AWAY));
    assertThat(get(polls.poll("bob", "org", 10, LONG)))
        .isEqualTo(new Poll.Ended(CloseCode.GOING_AWAY));
  }

  @Test
  void whatIsPostedIsAnsweredForAsByTheAgentItself() throws Exception {
    PollSessions.Posting posting = polls.posting("bob", "org");
    CompletionStage<Poll> waiting = posting.poll(1, LONG);
    await().until(() -> reports.peers().find("bob") != null);
    assertThat(polls.mayPost("bob")).isTrue();
    commit();
    commit();
    assertThat(sequences(get(waiting))).containsExactly(1L);
    assertThat(sequences(get(posting.poll(10, LONG)))).containsExactly(2L);
    CompletionStage<Answered> processed = posting.processed(EPOCH, 1);
    reports.committed(List.of(progress(MessageStatus.PROCESSED)));
    assertThat(get(processed)).isEqualTo(new Answered.Taken());
    Control.Nack nack = new Control.Nack(EPOCH, 2, ErrorCode.HANDLER_FAILED.wire(), "", 0);
    assertThat(get(posting.failed(nack))).isEqualTo(new Answered.Taken());
  }

  @Test
  void aCallOfTheAgentGoesBeforePosting() throws Exception {
    PollSessions.Posting posting = polls.posting("bob", "org");
    CompletionStage<Poll> waiting = posting.poll(10, LONG);
    await().until(() -> reports.peers().find("bob") != null);
    CompletionStage<Poll> own = polls.poll("bob", "org", 10, LONG);
    assertThat(sequences(get(waiting))).isEmpty();
    assertThat(get(posting.poll(10, LONG))).isEqualTo(new Poll.Connected());
    assertThat(polls.mayPost("bob")).isFalse();
    commit();
    assertThat(sequences(get(own))).containsExactly(1L);
  }

  @Test
  void whoeverPostsMayStopTaking() throws Exception {
    PollSessions.Posting posting = polls.posting("bob", "org");
    posting.stop(); // where there is no session, nothing
    CompletionStage<Poll> waiting = posting.poll(10, LONG);
    await().until(() -> reports.peers().find("bob") != null);
    posting.stop();
    assertThat(sequences(get(waiting))).isEmpty();
    commit();
    assertThat(sequences(get(posting.poll(10, LONG)))).containsExactly(1L);
  }

  @Test
  void nothingIsPostedWhileTheAgentHasASocket() throws Exception {
    AgentLine socket = new AgentLine(router, "bob", false, sessions.nextEpoch(), 1);
    sessions.register(socket.session);
    assertThat(polls.mayPost("bob")).isFalse();
    assertThat(get(polls.posting("bob", "org").poll(10, LONG))).isEqualTo(new Poll.Connected());
    socket.channel.finishAndReleaseAll();
  }

  /// Or it would take the mailbox from a session that the agent has somewhere else by now.
  @Test
  void whatWasPostedBeginsNoSessionToAnswerForIt() throws Exception {
    PollSessions.Posting posting = polls.posting("bob", "org");
    assertThat(get(posting.processed(EPOCH, 1))).isEqualTo(new Answered.Ended(CloseCode.NORMAL));
    Control.Nack nack = new Control.Nack(EPOCH, 1, ErrorCode.TIMEOUT.wire(), "", 0);
    assertThat(get(posting.failed(nack))).isEqualTo(new Answered.Ended(CloseCode.NORMAL));
    assertThat(sessions.find("bob")).isNull();
    assertThat(polls.size()).isZero();
  }

  /// One message is on its way to bob.
  private void delivered() throws Exception {
    CompletionStage<Poll> waiting = polls.poll("bob", "org", 10, LONG);
    await().until(() -> reports.peers().find("bob") != null);
    commit();
    assertThat(sequences(get(waiting))).containsExactly(1L);
  }

  private Accept commit() {
    Accept accept = Placed.at(accept(), Outcome.STORED, ++sequence);
    reports.committed(List.of(accept));
    return accept;
  }

  private static Accept accept() {
    UUID id = UUID.randomUUID();
    byte[] envelope =
        EnvelopeCodec.encode(
            Message.builder(Kind.EVENT, id, "alice", "bob", "task")
                .guarantee(Guarantee.AT_LEAST_ONCE)
                .payload(new byte[8])
                .build());
    return Accept.of(id, "alice", "bob", envelope)
        .routing(Kind.EVENT.wire(), Priority.NORMAL.wire(), Guarantee.AT_LEAST_ONCE.wire())
        .type("task")
        .times(1, 0)
        .origin(new Object())
        .build();
  }

  private static StoredMessage stored(Accept accept) {
    return new StoredMessage(
        accept.id(),
        accept.sender(),
        accept.recipient(),
        accept.mailboxEpoch(),
        accept.sequence(),
        accept.kind(),
        accept.priority(),
        accept.guarantee(),
        accept.type(),
        null,
        null,
        null,
        accept.envelope(),
        MessageStatus.PENDING,
        null,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        null,
        -1,
        null);
  }

  /// What the mailbox put to the journal, once it has.
  private Progress progress(MessageStatus status) {
    return await()
        .until(
            () ->
                journal.offered.stream()
                    .filter(Progress.class::isInstance)
                    .map(Progress.class::cast)
                    .filter(p -> p.status() == status)
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static List<Long> sequences(Poll poll) {
    return ((Poll.Messages) poll).deliveries().stream().map(Control.Delivery::sequence).toList();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
