package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.store.TrailQueue;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Best-effort messages where the audit trail has them: nothing goes that it has no room for.
class RecordingTest extends TopicLines {
  private final TrailQueue room = new TrailQueue(2, 1 << 20);

  RecordingTest() {
    trail = room;
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
      assertRefused(alice, ErrorCode.RECIPIENT_OFFLINE);
    }

    assertThat(room.taken()).isZero();
    assertThat(room.refused()).isZero();
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
