package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class SubscribingTest {
  private static final Greeting GREETING = new Greeting();
  private static final SubscribeOptions ALL = SubscribeOptions.defaults();

  private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void asksForWhatItsOptionsSayAndIsActiveOnceAnswered() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription subscription =
          pair.client()
              .subscribe(
                  "task.>",
                  ALL.withType("order")
                      .withFrom("bob")
                      .withPriorities(Priority.HIGH, Priority.LOW)
                      .withMetadata("region", "eu")
                      .withQueueGroup("workers"),
                  m -> handled.add(m.text()));
      Control.Subscribe asked = pair.session().expect(Control.Subscribe.class);
      assertThat(asked.pattern()).isEqualTo("task.>");
      assertThat(asked.filter())
          .isEqualTo(
              Map.of("type", "order", "from", "bob", "priority", "high,low", "meta.region", "eu"));
      assertThat(asked.queueGroup()).isEqualTo("workers");
      assertThat(asked.durable()).isFalse();
      assertThat(subscription.active()).isNotDone();

      pair.session().stored(asked.id());
      subscription.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void handlesWhatFitsAndLeavesTheRestToTheHandlersOfTypes() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            GREETING,
            c -> c.on("*", m -> handled.add("other " + m.text())))) {
      pair.client().subscribe("a.*", ALL.withType("task"), m -> handled.add("one " + m.text()));
      pair.client().subscribe("a.>", m -> handled.add("two " + m.text()));
      pair.session().expect(Control.Subscribe.class);
      pair.session().expect(Control.Subscribe.class);
      pair.session().deliver(0, published("a.b", "x"));
      assertThat(List.of(next(), next())).containsExactlyInAnyOrder("one x", "two x");
      pair.session().deliver(0, published("a.b.c", "y"));
      assertThat(next()).isEqualTo("two y");
      pair.session().deliver(0, published("b", "z"));
      assertThat(next()).isEqualTo("other z");
    }
  }

  @Test
  void asksAgainInEachSession() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription kept = pair.client().subscribe("a", m -> handled.add(m.text()));
      Subscription closed = pair.client().subscribe("b", m -> handled.add(m.text()));
      Control.Subscribe first = pair.session().expect(Control.Subscribe.class);
      pair.session().stored(first.id());
      pair.session().stored(pair.session().expect(Control.Subscribe.class).id());
      closed.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      closed.close();
      pair.session().expect(Control.Unsubscribe.class);
      pair.session().abort();

      ScriptedSession again = gateway.next();
      again.welcome(GREETING);
      assertThat(again.expect(Control.Subscribe.class)).isEqualTo(first);
      assertThat(again.untilHeartbeat(1)).isEmpty();
      assertThat(kept.ended()).isNotDone();
    }
  }

  @Test
  void aRefusedSubscriptionEndsWithItsCode() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription subscription = pair.client().subscribe("a", m -> handled.add(m.text()));
      refuse(pair.session(), ErrorCode.TOO_MANY_SUBSCRIPTIONS);
      assertThatThrownBy(() -> subscription.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_SUBSCRIPTIONS));
      assertThat(subscription.ended()).succeedsWithin(Duration.ofSeconds(PATIENCE_SECONDS));
    }
  }

  @Test
  void whatWasActiveIsAskedForAgainWhereThatMayHelp() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription subscription = pair.client().subscribe("a", m -> handled.add(m.text()));
      pair.session().stored(pair.session().expect(Control.Subscribe.class).id());
      subscription.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      pair.session().abort();
      ScriptedSession again = gateway.next();
      again.welcome(GREETING);
      refuse(again, ErrorCode.STORE_UNAVAILABLE);
      again.stored(again.expect(Control.Subscribe.class).id());
      assertThat(subscription.ended()).isNotDone();
    }
  }

  private static void refuse(ScriptedSession session, ErrorCode code) throws Exception {
    Control.Subscribe asked = session.expect(Control.Subscribe.class);
    session.send(new Control.Refusal(code.wire(), asked.id(), "no", 0, Kind.SUBSCRIBE.wire()));
  }

  @Test
  void aDurableSubscriptionIsTheSameAfterARestart() throws Exception {
    SubscribeOptions durable =
        ALL.withDurable(true).withMetadata("a", "1").withMetadata("b", "2").withType("t");
    UUID first;
    try (var pair =
        gateway.connect(
            gateway.options("alice"), GREETING, c -> c.subscribe("x.>", durable, _ -> {}))) {
      Control.Subscribe asked = pair.session().expect(Control.Subscribe.class);
      assertThat(asked.durable()).isTrue();
      first = asked.id();
      assertThatThrownBy(() -> pair.client().subscribe("x.>", durable, _ -> {}))
          .isInstanceOf(InvalidOperationException.class);
    }
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            GREETING,
            c -> {
              c.subscribe("x.>", durable, _ -> {});
              c.subscribe("x.>", durable.withQueueGroup("g"), _ -> {});
            })) {
      List<UUID> ids =
          List.of(
              pair.session().expect(Control.Subscribe.class).id(),
              pair.session().expect(Control.Subscribe.class).id());
      assertThat(ids).contains(first).doesNotHaveDuplicates();
    }
  }

  @Test
  void aDurableSubscriptionThatWasClosedIsEndedInTheNextSessionToo() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription subscription =
          pair.client().subscribe("a", ALL.withDurable(true), m -> handled.add(m.text()));
      UUID id = pair.session().expect(Control.Subscribe.class).id();
      pair.session().stored(id);
      subscription.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      subscription.close();
      assertThat(pair.session().expect(Control.Unsubscribe.class).id()).isEqualTo(id);
      pair.session().abort();

      ScriptedSession again = gateway.next();
      again.welcome(GREETING);
      assertThat(again.expect(Control.Unsubscribe.class).id()).isEqualTo(id);
      again.stored(id);
      assertThat(again.untilHeartbeat(1)).isEmpty();
    }
  }

  @Test
  void endsWithTheClient() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Subscription subscription = pair.client().subscribe("a", m -> handled.add(m.text()));
      pair.session().expect(Control.Subscribe.class);
      pair.session().close(CloseCode.REVOKED);
      assertThat(subscription.ended())
          .succeedsWithin(Duration.ofSeconds(PATIENCE_SECONDS))
          .isInstanceOf(ConnectionClosedException.class);
      assertThat(subscription.active()).failsWithin(Duration.ofSeconds(PATIENCE_SECONDS));
      assertThatThrownBy(() -> pair.client().subscribe("b", _ -> {}))
          .isInstanceOf(ConnectionClosedException.class);
    }
  }

  @Test
  void whatIsNoPatternOrFilterIsNotAskedFor() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      for (String pattern : List.of("", "a..b", ">.a", "a b")) {
        assertThatThrownBy(() -> pair.client().subscribe(pattern, _ -> {}))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> pair.client().subscribe("a", ALL.with("size", "1"), _ -> {}))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> pair.client().publish("a.*", text()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
    }
  }

  @Test
  void aPublishedMessageIsAcceptedOnceAndNotByOneOfItsSubscribers() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), GREETING, _ -> {})) {
      Sent sent = pair.client().publish("a.b", text());
      Message message = pair.session().expect(Message.class);
      assertThat(message.to()).isEqualTo("topic:a.b");
      assertThat(message.flags()).isEqualTo(Message.RECEIPT_STORED);
      pair.session()
          .send(
              new Control.Receipt(
                  Stage.FAILED, ErrorCode.NO_HANDLER.wire(), List.of(message.id()), "bob", 0, 1));
      pair.session().send(new Control.Heartbeat(1, false));
      assertThat(sent.accepted()).isNotDone();
      pair.session().stored(message.id());
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private String next() throws InterruptedException {
    return handled.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static OutgoingMessage text() {
    return OutgoingMessage.text("", "task", "x").withGuarantee(Guarantee.AT_LEAST_ONCE);
  }

  private static Message published(String topic, String text) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), "bob", "topic:" + topic, "task")
        .guarantee(Guarantee.BEST_EFFORT)
        .payload(text.getBytes(StandardCharsets.UTF_8))
        .build();
  }
}
