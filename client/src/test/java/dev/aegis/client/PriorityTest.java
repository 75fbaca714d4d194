package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// What is urgent does not wait behind what is not.
class PriorityTest {
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void anUrgentMessageOvertakesWhatWaitsForCredit() throws Exception {
    try (var pair = gateway.connect(hasty(), new Greeting().withCredit(0, 16 << 20))) {
      for (int i = 0; i < 3; i++) {
        pair.client().send(message("low " + i, Priority.LOW));
      }
      pair.client().send(message("critical", Priority.CRITICAL));
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();

      pair.session().send(new Control.Credit(4, 16 << 20));

      assertThat(pair.session().messages(4))
          .extracting(Messages::text)
          .containsExactly("critical", "low 0", "low 1", "low 2");
    }
  }

  @Test
  void theLastEighthOfTheCreditIsForUrgentMessages() throws Exception {
    try (var pair = gateway.connect(hasty(), new Greeting().withCredit(8, 16 << 20))) {
      for (int i = 0; i < 8; i++) {
        pair.client().send(message("normal " + i, Priority.NORMAL));
      }
      assertThat(pair.session().messages(7)).hasSize(7);
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();

      pair.client().send(message("high", Priority.HIGH));

      assertThat(pair.session().messages(1)).extracting(Messages::text).containsExactly("high");
    }
  }

  @Test
  void theLastEighthOfTheQueueIsForUrgentMessages() throws Exception {
    Greeting noCredit = new Greeting().withCredit(0, 16 << 20);
    try (var pair = gateway.connect(hasty().withQueue(8, 1 << 20), noCredit)) {
      for (int i = 0; i < 7; i++) {
        pair.client().send(message("low " + i, Priority.LOW));
      }
      assertThatThrownBy(() -> pair.client().send(message("no room", Priority.NORMAL)))
          .isInstanceOf(QueueFullException.class);
      pair.client().send(message("room", Priority.CRITICAL));
      assertThatThrownBy(() -> pair.client().send(message("none", Priority.CRITICAL)))
          .isInstanceOf(QueueFullException.class);
    }
  }

  /// A client that does not wait long for what never comes when it is closed.
  private ClientOptions hasty() {
    return gateway.options("alice").withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  private static OutgoingMessage message(String text, Priority priority) {
    return OutgoingMessage.text("bob", "task", text)
        .withGuarantee(Guarantee.BEST_EFFORT)
        .withPriority(priority);
  }
}
