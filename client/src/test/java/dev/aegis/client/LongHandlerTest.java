package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Handlers that take long.
class LongHandlerTest {
  private static final Control.Ack WORKING =
      new Control.Ack(Stage.DELIVERED, 7, SequenceRanges.of(1));

  private final CountDownLatch mayEnd = new CountDownLatch(1);
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @AfterEach
  void letHandlersEnd() {
    mayEnd.countDown();
  }

  @Test
  void tellTheGatewayAgainAndAgainThatTheyAreAtWork() throws Exception {
    ClientOptions often = gateway.options("alice").withSignOfLife(Duration.ofMillis(20));
    try (var pair = gateway.connect(often, c -> c.on("*", _ -> mayEnd.await()))) {
      pair.session().deliver(1, Messages.task("long"));
      for (int times = 0; times < 3; times++) {
        assertThat(pair.session().expect(Control.Ack.class)).isEqualTo(WORKING);
      }
      mayEnd.countDown();
      Control.Ack last = pair.session().expect(Control.Ack.class);
      while (last.equals(WORKING)) {
        last = pair.session().expect(Control.Ack.class);
      }
      assertThat(last).isEqualTo(new Control.Ack(Stage.PROCESSED, 7, SequenceRanges.of(1)));
      assertThat(pair.session().untilHeartbeat(1)).as("nothing more once it has ended").isEmpty();
    }
  }

  @Test
  void keepToTheTimeoutThatTheSenderAsksFor() throws Exception {
    try (var pair =
        gateway.connect(gateway.options("alice"), c -> c.on("*", _ -> mayEnd.await()))) {
      Message hasty =
          Messages.of(Kind.EVENT, "task", "hasty")
              .guarantee(Guarantee.AT_LEAST_ONCE)
              .metadata(Map.of("timeout", "1"))
              .build();
      pair.session().deliver(1, hasty);
      assertThat(pair.session().expect(Control.Ack.class)).isEqualTo(WORKING);
      mayEnd.countDown();
    }
  }

  @Test
  void needNoSignOfLifeWhenTheyAreQuick() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), c -> c.on("*", _ -> {}))) {
      pair.session().deliver(1, Messages.task("quick"));
      assertThat(pair.session().expect(Control.Ack.class).stage()).isEqualTo(Stage.PROCESSED);
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
    }
  }
}
