package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Stage;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// What goes out, when, and what its sender learns.
class SendingTest {
  private static final Greeting NO_CREDIT = new Greeting().withCredit(0, 16 << 20);

  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void stallsWithoutCreditForMessagesAndGoesOnWithIt() throws Exception {
    try (var pair = gateway.connect(hasty(), new Greeting().withCredit(2, 16 << 20))) {
      for (int i = 0; i < 5; i++) {
        pair.client().send(bestEffort("" + i));
      }
      assertThat(texts(pair.session().messages(2))).containsExactly("0", "1");
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
      pair.session().send(new Control.Credit(4, 16 << 20));
      assertThat(texts(pair.session().messages(2))).containsExactly("2", "3");
      assertThat(pair.session().untilHeartbeat(2)).isEmpty();
      pair.session().send(new Control.Credit(3, 16 << 20)); // less than before: says nothing
      assertThat(pair.session().untilHeartbeat(3)).isEmpty();
      pair.session().send(new Control.Credit(5, 16 << 20));
      assertThat(texts(pair.session().messages(1))).containsExactly("4");
    }
  }

  @Test
  void stallsWithoutCreditForBytes() throws Exception {
    try (var pair = gateway.connect(hasty(), new Greeting().withCredit(100, 3_000))) {
      for (int i = 0; i < 3; i++) {
        pair.client().send(bestEffort("x".repeat(1_200)));
      }
      pair.session().messages(2);
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
      pair.session().send(new Control.Credit(100, 4_500));
      pair.session().messages(1);
    }
  }

  @Test
  void putsWhatWaitsIntoFewRecords() throws Exception {
    try (var pair = gateway.connect(hasty(), NO_CREDIT)) {
      int count = 1_000;
      int bytes = 0;
      for (int i = 0; i < count; i++) {
        pair.client().send(bestEffort("message " + i));
      }
      int before = pair.session().records().size();
      pair.session().send(new Control.Credit(count, 16 << 20));
      for (Message message : pair.session().messages(count)) {
        bytes += dev.aegis.protocol.EnvelopeCodec.encode(message).length + 4;
      }
      assertThat(pair.session().records().size() - before).isLessThanOrEqualTo(bytes / 16_000 + 3);
    }
  }

  @Test
  void signsEveryMessageInWindowsOfAtMost256() throws Exception {
    try (var pair = gateway.connect(hasty(), NO_CREDIT)) {
      for (int i = 0; i < 600; i++) {
        pair.client().send(bestEffort("message " + i));
      }
      pair.session().send(new Control.Credit(600, 16 << 20));
      pair.session().messages(600);
      await()
          .untilAsserted(() -> assertThat(pair.session().windows()).containsExactly(256, 256, 88));
    }
  }

  @Test
  void signsASingleMessageWhenTheQueueRunsDry() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      for (int i = 1; i <= 3; i++) {
        pair.client().send(bestEffort("lonely"));
        pair.session().messages(1);
        int windows = i;
        await().untilAsserted(() -> assertThat(pair.session().windows()).hasSize(windows));
      }
      assertThat(pair.session().windows()).containsExactly(1, 1, 1);
    }
  }

  @Test
  void signsWhatIsNotYetSignedBeforeItLeaves() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      pair.client().send(bestEffort("first"));
      pair.client().send(bestEffort("last"));
      pair.session().messages(2);
      pair.client().close();
      await()
          .untilAsserted(() ->
              assertThat(pair.session().windows().stream().mapToInt(count -> count).sum())
                  .isEqualTo(2));
    }
  }

  @Test
  void signsNothingWhereSigningIsOff() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), new Greeting().withoutSigning())) {
      for (int i = 0; i < 300; i++) {
        pair.client().send(bestEffort("message " + i));
      }
      pair.session().messages(300);
      pair.session().untilHeartbeat(1);
      assertThat(pair.session().signatures()).isZero();
    }
  }

  @Test
  void failsWhatTheGatewayWouldNeverTakeAndSendsTheRest() throws Exception {
    Greeting small = new Greeting().withLimits(2_500, 4_000);
    try (var pair = gateway.connect(gateway.options("alice"), small)) {
      Sent payload = pair.client().send(bestEffort("x".repeat(4_001)));
      Sent envelope = pair.client().send(bestEffort("x".repeat(3_000)));
      pair.client().send(bestEffort("fits"));
      assertThat(texts(pair.session().messages(1))).containsExactly("fits");
      assertRefused(payload.accepted(), ErrorCode.PAYLOAD_TOO_LARGE);
      assertRefused(envelope.accepted(), ErrorCode.ENVELOPE_TOO_LARGE);
    }
  }

  @Test
  void refusesBeyondItsQueueAndTakesAgainWhenThereIsRoom() throws Exception {
    try (var pair = gateway.connect(hasty().withQueue(3, 1 << 20), NO_CREDIT)) {
      Sent first = pair.client().send(bestEffort("0"));
      pair.client().send(bestEffort("1"));
      Sent last = pair.client().send(bestEffort("2"));
      assertThatThrownBy(() -> pair.client().send(bestEffort("3")))
          .isInstanceOf(QueueFullException.class);
      assertThat(first.accepted()).isNotDone();
      pair.session().send(new Control.Credit(3, 16 << 20));
      last.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      pair.client().send(bestEffort("4"));
    }
  }

  @Test
  void boundsItsQueueInBytes() throws Exception {
    try (var pair = gateway.connect(hasty().withQueue(1_000, 10_000), NO_CREDIT)) {
      pair.client().send(bestEffort("x".repeat(6_000)));
      assertThatThrownBy(() -> pair.client().send(bestEffort("x".repeat(6_000))))
          .isInstanceOf(QueueFullException.class);
      pair.client().send(bestEffort("x".repeat(1_000)));
    }
  }

  @Test
  void countsADurableMessageAsQueuedUntilItsReceipt() throws Exception {
    try (var pair = gateway.connect(hasty().withQueue(1, 1 << 20))) {
      Sent sent = pair.client().send(durable("0"));
      pair.session().messages(1);
      assertThatThrownBy(() -> pair.client().send(durable("1")))
          .isInstanceOf(QueueFullException.class);
      assertThat(sent.accepted()).isNotDone();
      pair.session().stored(sent.id());
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      Sent next = pair.client().send(durable("2"));
      pair.session().messages(1);
      pair.session().stored(next.id());
    }
  }

  @Test
  void writesTheMessageAsItWasAsked() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      UUID conversation = UUID.randomUUID();
      pair.client()
          .send(
              bestEffort("hello")
                  .withTtl(Duration.ofSeconds(5))
                  .withChannel("room")
                  .withConversation(conversation)
                  .withHops(3)
                  .withMetadata(java.util.Map.of("k", "v")));
      Message message = pair.session().messages(1).getFirst();
      assertThat(message.kind()).isEqualTo(Kind.EVENT);
      assertThat(message.from()).isEqualTo("alice");
      assertThat(message.to()).isEqualTo("bob");
      assertThat(message.ttlMillis()).isEqualTo(5_000);
      assertThat(message.channel()).isEqualTo("room");
      assertThat(message.conversation()).isEqualTo(conversation);
      assertThat(message.hops()).isEqualTo(3);
      assertThat(message.metadata()).containsEntry("k", "v");
      assertThat(message.contentType()).isEqualTo("text/plain");
      assertThat(message.flags()).isZero();
    }
  }

  @Test
  void tellsEachStageAsTheGatewayTellsIt() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(durable("x"));
      Message message = pair.session().messages(1).getFirst();
      assertThat(message.wants(Message.RECEIPT_STORED)).isTrue();
      assertThat(message.wants(Message.RECEIPT_DELIVERED)).isTrue();
      assertThat(message.wants(Message.RECEIPT_PROCESSED)).isTrue();
      pair.session().stored(sent.id());
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(sent.delivered()).isNotDone();
      pair.session().receipt(Stage.DELIVERED, sent.id());
      sent.delivered().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(sent.processed()).isNotDone();
      pair.session().receipt(Stage.PROCESSED, sent.id());
      sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void tellsThatAMessageFailedAfterItWasStored() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(durable("x"));
      pair.session().messages(1);
      pair.session().stored(sent.id());
      pair.session()
          .send(
              new Control.Receipt(
                  Stage.EXPIRED, ErrorCode.EXPIRED.wire(), List.of(sent.id()), "bob", 0, 1));
      assertRefused(sent.processed(), ErrorCode.EXPIRED);
      assertThat(sent.accepted()).isCompletedWithValue(null);
    }
  }

  @Test
  void aRefusalCarriesItsCodeAndWhenToTryAgain() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(durable("x"));
      pair.session().messages(1);
      pair.session()
          .send(new Control.Refusal(ErrorCode.RATE_LIMITED.wire(), sent.id(), "slow", 750, 3));
      assertThatThrownBy(() -> sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
                assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(750));
              });
      assertThat(sent.processed()).isCompletedExceptionally();
    }
  }

  @Test
  void aBestEffortMessageThatCouldNotBePassedOnSaysSoInItsLaterStages() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      Sent sent = pair.client().send(bestEffort("x"));
      sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      pair.session().messages(1);
      pair.session()
          .send(new Control.Refusal(ErrorCode.RECIPIENT_OFFLINE.wire(), sent.id(), "", 1, 3));
      assertRefused(sent.delivered(), ErrorCode.RECIPIENT_OFFLINE);
    }
  }

  /// A client that does not wait long for what never comes when it is closed.
  private ClientOptions hasty() {
    return gateway.options("alice").withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  private static OutgoingMessage bestEffort(String text) {
    return OutgoingMessage.text("bob", "task", text).withGuarantee(Guarantee.BEST_EFFORT);
  }

  private static OutgoingMessage durable(String text) {
    return OutgoingMessage.text("bob", "task", text).withGuarantee(Guarantee.AT_LEAST_ONCE);
  }

  private static List<String> texts(List<Message> messages) {
    return IntStream.range(0, messages.size())
        .mapToObj(i -> Messages.text(messages.get(i)))
        .toList();
  }

  private static void assertRefused(CompletableFuture<Void> stage, ErrorCode code) {
    assertThatThrownBy(() -> stage.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
