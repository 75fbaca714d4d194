package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.capability.Candidate;
import dev.aegis.gateway.delivery.Departures;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.store.AbleAgent;
import dev.aegis.store.Accept;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Outcome;
import dev.aegis.store.Placed;
import dev.aegis.store.Progress;
import dev.aegis.store.StoreException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages to whoever has a capability.
final class WorkTest extends TopicLines {
  private static final String POOL_START = "cap:org#";

  @Test
  void bestEffortWorkGoesToAConnectedAgentAsItWasWritten() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = open("bob");
    able(able("bob", "scan", true, 0), able("away", "scan", false, 0));
    Message message = work("cap:scan").guarantee(Guarantee.BEST_EFFORT).build();

    alice.send(message);

    assertThat(received(bob))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Delivery.class,
            delivery -> assertThat(delivery.bytes()).isEqualTo(EnvelopeCodec.encode(message)));
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void whereNobodyIsThereWorkIsRefused() throws Exception {
    AgentLine alice = open("alice");
    able(able("away", "scan", false, 0));
    alice.send(work("cap:scan").guarantee(Guarantee.BEST_EFFORT).build());
    assertRefused(alice, ErrorCode.NO_CANDIDATE);
    alice.send(work("cap:print").build());
    assertRefused(alice, ErrorCode.NO_CANDIDATE);
    alice.send(work("cap:scan;dpi=300").build());
    assertRefused(alice, ErrorCode.NO_CANDIDATE);
    assertThat(journal.offered).isEmpty();
  }

  @Test
  void anAddressOrAWishThatIsNoneIsRefused() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:").build());
    assertRefused(alice, ErrorCode.INVALID_FIELD);
    alice.send(work("cap:scan").metadata(Map.of("no_candidate", "wait")).build());
    assertRefused(alice, ErrorCode.INVALID_FIELD);
  }

  @Test
  void durableWorkIsStoredInAPoolFirstAndThenHandedOutInTwoSteps() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:scan").build());

    Accept stored = (Accept) offered(0);
    assertThat(stored.recipient()).startsWith(POOL_START);
    assertThat(stored.routedTo()).isEqualTo("cap:scan");
    commit(stored, Outcome.STORED);
    assertThat(received(alice))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Receipt.class, receipt -> assertThat(receipt.ids()).contains(stored.id()));

    Progress leaves = (Progress) offered(1);
    assertThat(leaves.recipient()).isEqualTo(stored.recipient());
    assertThat(leaves.status()).isEqualTo(MessageStatus.MOVED);
    assertThat(leaves.reason()).isEqualTo("bob");
    assertThat(journal.offered).as("the second step follows the first").hasSize(2);
    committed(leaves, 1);

    Accept arrives = (Accept) offered(2);
    assertThat(arrives.recipient()).isEqualTo("bob");
    assertThat(arrives.id()).isEqualTo(stored.id());
    assertThat(arrives.digest()).isEqualTo(stored.digest());
    assertThat(arrives.acceptedAtMillis()).isEqualTo(stored.acceptedAtMillis());
    assertThat(arrives.routedTo()).isEqualTo("cap:scan");
    commit(arrives, Outcome.STORED);
    assertThat(received(alice)).isEmpty();
    assertThat(router.handedOut()).isEqualTo(1);
  }

  /// It expired, or another step took it out, while the first step was on its way.
  @Test
  void whereTheFirstStepDidNotCountTheSecondDoesNotFollow() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.STORED);
    committed((Progress) offered(1), 0);
    assertThat(journal.offered).hasSize(2);
    assertThat(router.handedOut()).isZero();
  }

  @Test
  void whereTheFirstStepIsRefusedTheWorkStaysInThePool() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.STORED);
    reports.refused(List.of(offered(1)), new StoreException.Full(false));
    assertThat(journal.offered).hasSize(2);
    assertThat(router.capabilities().waiting(chosen()).messages()).isZero();
  }

  @Test
  void aRepeatGetsItsReceiptAndIsNotHandedOutAgain() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.DUPLICATE);
    assertThat(received(alice)).singleElement().isInstanceOf(Control.Receipt.class);
    assertThat(journal.offered).hasSize(1);
  }

  @Test
  void parkedWorkIsStoredThoughNobodyIsThere() throws Exception {
    AgentLine alice = open("alice");
    alice.send(work("cap:scan").metadata(Map.of("no_candidate", "park")).build());
    commit((Accept) offered(0), Outcome.STORED);
    assertThat(received(alice)).singleElement().isInstanceOf(Control.Receipt.class);
    assertThat(journal.offered).hasSize(1);
  }

  @Test
  void aFullPoolRefuses() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    for (int i = 0; i < 16; i++) {
      journal.depths.put(POOL_START + i, new Mailboxes.Depth(1, 1, 100_000, 0));
    }
    alice.send(work("cap:scan").build());
    assertRefused(alice, ErrorCode.MAILBOX_FULL);
  }

  @Test
  void whoHasEnoughGetsNoMoreUntilItHasDoneSome() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    journal.depths.put("bob", new Mailboxes.Depth(1, 1, HandOver.MOST_WAITING, 0));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.STORED);
    assertThat(journal.offered).as("it waits in the pool").hasSize(1);
  }

  /// Its bounds are those of its mailbox, also where that is another node's.
  @Test
  void whoseMailboxAtAnotherNodeIsFullGetsNothing() throws Exception {
    AgentLine alice = open("alice");
    journal.elsewhere.add("bob");
    able(new AbleAgent("bob", "org", "[{\"name\":\"scan\"}]", true, 1, 1L << 40));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.STORED);
    assertThat(journal.offered).as("it waits in the pool").hasSize(1);
  }

  @Test
  void whatIsStoredLaterDoesNotGoBeforeWhatWaits() throws Exception {
    AgentLine alice = open("alice");
    able(new AbleAgent("bob", "org", "[{\"name\":\"scan\"},{\"name\":\"print\"}]", true, 0, 0));
    journal.depths.put("bob", new Mailboxes.Depth(1, 1, HandOver.MOST_WAITING, 0));
    alice.send(work("cap:scan").build());
    commit((Accept) offered(0), Outcome.STORED);
    journal.depths.remove("bob");

    alice.send(work("cap:scan").build());
    commit((Accept) offered(1), Outcome.STORED);
    assertThat(journal.offered).as("there is room, and older work").hasSize(2);

    alice.send(work("cap:print").build());
    commit((Accept) offered(2), Outcome.STORED);
    assertThat(journal.offered).as("another address").hasSize(4);
  }

  @Test
  void beforeItIsKnownWhoIsAbleNobodyIsSaidToBeMissing() throws Exception {
    AgentLine alice = open("alice");
    alice.send(work("cap:scan").build());
    assertRefused(alice, ErrorCode.STORE_UNAVAILABLE);
    able();
    alice.send(work("cap:scan").build());
    assertRefused(alice, ErrorCode.NO_CANDIDATE);
  }

  /// Its id is taken where it was to go.
  @Test
  void aDeadLetterThatNobodyHadIsNotRedriven() throws Exception {
    AgentLine alice = open("alice");
    able(able("bob", "scan", true, 0));
    alice.send(work("cap:scan").build());
    Accept stored = Placed.at((Accept) offered(0), Outcome.STORED, 1);
    Settlement settled =
        router
            .deadLetters()
            .redrive(Placed.row(stored, MessageStatus.DEAD))
            .toCompletableFuture()
            .get();
    assertThat(settled)
        .isInstanceOfSatisfying(
            Settlement.Refused.class,
            refused -> assertThat(refused.why().code()).isEqualTo(ErrorCode.CONFLICT));
    assertThat(journal.offered).hasSize(1);
  }

  /// The first step of work of an agent that is not connected.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasToLeaveIsDecidedByTheJournal(boolean kept) {
    Departures departures = reports.peers().departures();
    assertThat(departures.begin("bob", 1, 7)).isTrue();
    assertThat(departures.begin("bob", 1, 7)).as("once at a time").isFalse();
    assertThat(departures.of("bob", 1)).containsExactly(7L);
    Progress leaves =
        Progress.of("bob", 1, 7, MessageStatus.MOVED, "carol", 1, new Origin.FromMovingOn());
    if (kept) {
      reports.committed(List.of(leaves));
    } else {
      reports.refused(List.of(leaves), new StoreException.Full(false));
    }
    assertThat(departures.of("bob", 1)).isEmpty();
  }

  @Test
  void workStaysWithinTheOrganization() throws Exception {
    AgentLine eve = line("eve", "elsewhere");
    able(able("bob", "scan", true, 0));
    eve.send(
        Message.builder(Kind.EVENT, UUID.randomUUID(), "eve", "cap:scan", "task")
            .payload(new byte[1])
            .build());
    assertRefused(eve, ErrorCode.NO_CANDIDATE);
  }

  private Candidate chosen() {
    CapabilityAddress wanted = Objects.requireNonNull(CapabilityAddress.parse("cap:scan"));
    return Objects.requireNonNull(router.capabilities().choose("org", wanted, _ -> true));
  }

  private JournalEntry offered(int number) {
    return journal.offered.get(number);
  }

  private void committed(Progress progress, int open) {
    if (progress.origin() instanceof Progress.Watcher watcher) {
      watcher.counted(open);
    }
    reports.committed(List.of(progress));
  }

  private void able(AbleAgent... agents) {
    router.capabilities().update(List.of(agents));
  }

  private static AbleAgent able(String id, String name, boolean connected, int open) {
    return new AbleAgent(id, "org", "[{\"name\":\"" + name + "\"}]", connected, open, 0);
  }

  private static Message.Builder work(String to) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), "alice", to, "task")
        .guarantee(Guarantee.AT_LEAST_ONCE)
        .flags(Message.RECEIPT_STORED)
        .payload(new byte[8]);
  }
}
