package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
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
  void keepTheirMessageWhateverArrivesMeanwhile() throws Exception {
    CountDownLatch laterArrived = new CountDownLatch(1);
    CountDownLatch bothSeen = new CountDownLatch(2);
    List<String> seen = new CopyOnWriteArrayList<>();
    MessageHandler handler =
        arrival -> {
          if (arrival.type().equals("held")) {
            laterArrived.await();
          }
          seen.add(arrival.type() + " " + arrival.from() + " " + arrival.text());
          laterArrived.countDown();
          bothSeen.countDown();
        };
    try (var pair = gateway.connect(gateway.options("alice"), c -> c.on("*", handler))) {
      pair.session().deliver(1, from("bob", "held", "a".repeat(300)));
      pair.session().deliver(2, from("eve", "task", "b".repeat(300)));
      assertThat(bothSeen.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(seen)
          .containsExactlyInAnyOrder("task eve " + "b".repeat(300), "held bob " + "a".repeat(300));
    }
  }

  @Test
  void holdBackWhatTheyCannotTakeAndLoseNoneOfIt() throws Exception {
    int messages = 24_000; // together more than the system buffers, and than the client holds
    assertThat(messages).isGreaterThan(Deliveries.MAX_IN_HAND);
    String filling = "-".repeat(2_000);
    CountDownLatch allSeen = new CountDownLatch(messages);
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    MessageHandler handler =
        arrival -> {
          mayEnd.await();
          seen.add(Integer.parseInt(arrival.text().substring(filling.length())));
          allSeen.countDown();
        };
    try (var pair = gateway.connect(gateway.options("alice"), c -> c.on("*", handler))) {
      for (int n = 0; n < messages; n++) {
        pair.session().deliver(0, Messages.bestEffort(filling + n));
      }
      assertThat(pair.session().allHasLeft())
          .as("the client reads on, though its handlers stand still")
          .failsWithin(Duration.ofSeconds(3))
          .withThrowableOfType(TimeoutException.class);
      mayEnd.countDown();
      assertThat(allSeen.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(seen).isEqualTo(IntStream.range(0, messages).boxed().toList());
    }
  }

  private static Message from(String sender, String type, String text) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), sender, "alice", type)
        .guarantee(Guarantee.AT_LEAST_ONCE)
        .payload(text.getBytes(StandardCharsets.UTF_8))
        .build();
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
