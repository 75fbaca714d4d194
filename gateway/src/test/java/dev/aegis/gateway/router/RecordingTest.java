package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.store.TrailQueue;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Best-effort messages where the audit trail has them: nothing goes that it has no room for.
class RecordingTest extends TopicLines {
  private final TrailQueue room = new TrailQueue(2, 1 << 20);

  /// Who waits to be told whether another node has the message.
  private final List<Consumer<OtherNodes.Passed>> onTheirWay = new ArrayList<>();

  RecordingTest() {
    trail = room;
    others =
        (OtherNodes)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {OtherNodes.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("bestEffort")) {
                    onTheirWay.add(told(arguments[4]));
                    return null;
                  }
                  return method.invoke(OtherNodes.NONE, arguments);
                });
    router = router();
  }

  @Test
  void whatTheTrailHasNoRoomForIsRefusedAndReachesNobody() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = subscribed("bob", ">");

    alice.send(toBob(), toBob(), toBob(), event("alice", "a.b").build(), to("*"));

    assertThat(received(alice))
        .hasSize(3)
        .allSatisfy(answer ->
            assertThat(answer)
                .isInstanceOfSatisfying(
                    Control.Refusal.class,
                    refusal -> {
                      assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED.wire());
                      assertThat(refusal.retryAfterMillis()).isPositive();
                    }));
    assertThat(received(bob)).hasSize(2);
    assertThat(room.taken()).isEqualTo(2);
    assertThat(room.refused()).isEqualTo(3);
  }

  @Test
  void everyWayOfPassingOnTakesAPlaceOnce() throws Exception {
    AgentLine alice = line("alice", "org", true);
    subscribed("bob", ">");
    alice.send(event("alice", "a.b").build());
    assertThat(room.taken()).isOne();
    alice.send(to("*"));
    assertThat(room.taken()).isEqualTo(2);
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void whatIsNotPassedOnGivesItsPlaceBack() throws Exception {
    AgentLine alice = open("alice");

    for (int i = 0; i < 5; i++) {
      alice.send(toBob());
      assertThat(room.taken()).isOne();
      onTheirWay.removeFirst().accept(OtherNodes.Passed.OFFLINE);
      assertRefused(alice, ErrorCode.RECIPIENT_OFFLINE);
    }

    assertThat(room.taken()).isZero();
    assertThat(room.refused()).isZero();
  }

  @Test
  void whatGoesToAnotherNodeIsKeptAlsoWhereItsSenderHasGone() throws Exception {
    AgentLine alice = open("alice");
    alice.send(toBob(), toBob(), toBob());
    assertThat(onTheirWay).hasSize(2);
    assertRefused(alice, ErrorCode.OVERLOADED);

    onTheirWay.getFirst().accept(OtherNodes.Passed.FULL);
    assertRefused(alice, ErrorCode.MAILBOX_FULL);
    assertThat(room.taken()).isOne();
    router.closed(alice.session, CloseCode.NORMAL);
    onTheirWay.getLast().accept(OtherNodes.Passed.SENT);

    assertThat(room.taken()).as("it is an entry").isOne();
  }

  @SuppressWarnings("unchecked")
  private static Consumer<OtherNodes.Passed> told(Object argument) {
    return (Consumer<OtherNodes.Passed>) argument;
  }

  @Test
  void durableMessagesTakeNoneButForTheirWayToWhoeverIsConnected() throws Exception {
    AgentLine alice = open("alice");
    durable("bob");
    AgentLine carol = subscribed("carol", ">");
    alice.send(
        message("bob").guarantee(Guarantee.AT_LEAST_ONCE).flags(Message.RECEIPT_STORED).build());
    commit(accepts().getFirst());
    assertThat(room.taken()).isZero();

    for (int i = 1; i <= 3; i++) {
      alice.send(durableEvent());
      commit(accepts().get(i));
    }

    assertThat(room.taken()).isEqualTo(2);
    assertThat(received(carol)).as("stored all the same").hasSize(2);
    assertThat(received(alice)).hasSize(4).allMatch(Control.Receipt.class::isInstance);
  }

  private static Message toBob() {
    return to("bob");
  }

  private static Message to(String recipient) {
    return message(recipient).build();
  }

  private static Message.Builder message(String recipient) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), "alice", recipient, "task")
        .guarantee(Guarantee.BEST_EFFORT)
        .payload(new byte[8]);
  }
}
