package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Stage;
import dev.aegis.store.Accept;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.Offer;
import dev.aegis.store.Outcome;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Durable messages to topics.
class StoredPublicationTest extends TopicLines {
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
}
