package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.store.Accept;
import dev.aegis.store.StoredSubscription;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What agents may subscribe to, and for how long.
class AgentSubscriptionsTest extends TopicLines {
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
}
