package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// What a lost session means for what was sent in it, and how a client closes.
class ReconnectingTest {
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void sendsDurableMessagesWithoutReceiptAgainAndNothingElse() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent stored = pair.client().send(durable("stored"));
      pair.session().messages(1);
      pair.session().stored(stored.id());
      stored.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      Sent open = pair.client().send(durable("open"));
      pair.client().send(bestEffort("gone"));
      Message first = pair.session().messages(2).getFirst();

      pair.session().abort();
      ScriptedSession again = gateway.welcomed();
      Message resent = again.messages(1).getFirst();
      assertThat(resent.id()).isEqualTo(open.id());
      assertThat(resent.payload()).isEqualTo(first.payload());
      assertThat(again.untilHeartbeat(1)).isEmpty();
      again.stored(open.id());
      open.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void keepsTheOrderAcrossSessionsAndStartsCreditAndWindowsAnew() throws Exception {
    try (var pair =
        gateway.connect(gateway.options("alice"), new Greeting().withCredit(10, 16 << 20))) {
      List<UUID> sent = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        sent.add(pair.client().send(durable("" + i)).id());
      }
      pair.session().messages(9); // the rest of the credit is for what is urgent
      pair.session().close(CloseCode.GOING_AWAY);
      ScriptedSession again = gateway.next().welcome(new Greeting().withCredit(17, 16 << 20));
      assertThat(again.messages(15)).extracting(Message::id).containsExactlyElementsOf(sent);
      again.stored(sent.toArray(UUID[]::new));
    }
  }

  @Test
  void learnsLaterStagesInALaterSession() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(durable("x"));
      pair.session().messages(1);
      pair.session().stored(sent.id());
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      pair.session().abort();
      gateway.welcomed().receipt(Stage.PROCESSED, sent.id());
      sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void sendsNothingNewAfterAGoodbyeAndDoesSoInTheNextSession() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      pair.session().send(new Control.Goodbye(CloseCode.GOING_AWAY.wire(), 10, "going away"));
      pair.session().untilHeartbeat(1); // the goodbye has been read
      Sent sent = pair.client().send(durable("later"));
      assertThat(pair.session().untilHeartbeat(2)).isEmpty();
      pair.session().close(CloseCode.GOING_AWAY);
      ScriptedSession again = gateway.welcomed();
      assertThat(again.messages(1).getFirst().id()).isEqualTo(sent.id());
      again.stored(sent.id());
    }
  }

  @Test
  void keepsWhatAGatewayThatShutsDownRefused() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(durable("later"));
      pair.session().messages(1);
      pair.session().send(new Control.Refusal(ErrorCode.SHUTTING_DOWN.wire(), sent.id(), "", 1, 3));
      pair.session().untilHeartbeat(1);
      assertThat(sent.accepted()).isNotDone();
      pair.session().close(CloseCode.GOING_AWAY);
      ScriptedSession again = gateway.welcomed();
      assertThat(again.messages(1).getFirst().id()).isEqualTo(sent.id());
      again.stored(sent.id());
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void triesOnWhenAKnownGatewayDoesNotLetItInForAWhile() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      pair.session().abort();
      gateway.next().close(CloseCode.HANDSHAKE_FAILED);
      gateway.next().abort();
      gateway.welcomed();
      assertThat(pair.client().ended()).isNotDone();
    }
  }

  @Test
  void comesBackAtOnceWhenRecordNumbersAreUsedUp() throws Exception {
    ClientOptions patient =
        gateway.options("alice").withBackoff(Duration.ofHours(1), Duration.ofHours(1));
    try (var pair = gateway.connect(patient)) {
      pair.session().close(CloseCode.SESSION_LIMIT);
      gateway.welcomed();
    }
  }

  @Test
  void closingWaitsForTheReceiptsOfWhatWasSent() throws Exception {
    var pair = gateway.connect(gateway.options("alice"));
    Sent sent = pair.client().send(durable("x"));
    CompletableFuture<Void> closing = closing(pair.client());
    pair.session().messages(1);
    assertThat(closing).isNotDone();
    pair.session().stored(sent.id());
    closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(sent.accepted()).isCompletedWithValue(null);
    assertThat(pair.session().closedWith()).isEqualTo(CloseCode.NORMAL.wire());
  }

  @Test
  void closingSendsWhatWaitsForANewSession() throws Exception {
    var pair = gateway.connect(gateway.options("alice"));
    Sent sent = pair.client().send(durable("x"));
    pair.session().messages(1);
    pair.session().abort();
    CompletableFuture<Void> closing = closing(pair.client());
    ScriptedSession again = gateway.welcomed();
    again.messages(1);
    again.stored(sent.id());
    closing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(sent.accepted()).isCompletedWithValue(null);
  }

  @Test
  void closingFailsWhatIsStillOpenInTheEnd() throws Exception {
    ClientOptions hasty =
        gateway.options("alice").withTimeouts(Duration.ofMillis(1_500), Duration.ofMinutes(1));
    var pair = gateway.connect(hasty);
    Sent sent = pair.client().send(durable("x"));
    CompletableFuture<IncomingMessage> response = pair.client().request(durable("?"));
    pair.client().close();
    for (CompletableFuture<?> open : List.of(sent.accepted(), sent.processed(), response)) {
      assertThatThrownBy(() -> open.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              ConnectionClosedException.class,
              e -> assertThat(e.closeCode()).isEqualTo(CloseCode.NORMAL));
    }
  }

  @Test
  void mayBeClosedFromItsOwnEventLoop() throws Exception {
    var pair = gateway.connect(gateway.options("alice"));
    Sent sent = pair.client().send(durable("x"));
    CompletableFuture<Void> closed = sent.accepted().thenRun(pair.client()::close);
    pair.session().messages(1);
    pair.session().stored(sent.id());
    closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    pair.client().ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static CompletableFuture<Void> closing(AegisClient client) {
    return CompletableFuture.runAsync(client::close, task -> Thread.ofVirtual().start(task));
  }

  private static OutgoingMessage bestEffort(String text) {
    return OutgoingMessage.text("bob", "task", text).withGuarantee(Guarantee.BEST_EFFORT);
  }

  private static OutgoingMessage durable(String text) {
    return OutgoingMessage.text("bob", "task", text).withGuarantee(Guarantee.AT_LEAST_ONCE);
  }
}
