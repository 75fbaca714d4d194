package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Requests and responses, from both sides.
class RequestingTest {
  private static final OutgoingMessage QUESTION =
      OutgoingMessage.text("bob", "query", "?").withGuarantee(Guarantee.BEST_EFFORT);

  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void givesEachRequestItsOwnResponse() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      CompletableFuture<IncomingMessage> first = pair.client().request(QUESTION);
      CompletableFuture<IncomingMessage> second = pair.client().request(QUESTION);
      List<Message> asked = pair.session().messages(2);
      assertThat(asked).allMatch(m -> m.kind() == Kind.REQUEST);
      pair.session().deliver(0, response(asked.get(1).id(), "two").build());
      pair.session().deliver(0, response(asked.get(0).id(), "one").build());
      assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("one");
      assertThat(second.get(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("two");
    }
  }

  @Test
  void ignoresAResponseOfAnotherAgentThanTheOneAsked() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      CompletableFuture<IncomingMessage> response = pair.client().request(QUESTION);
      UUID id = pair.session().messages(1).getFirst().id();
      Message forged =
          Message.builder(Kind.RESPONSE, UUID.randomUUID(), "mallory", "alice", "query")
              .guarantee(Guarantee.BEST_EFFORT)
              .correlation(id)
              .build();
      pair.session().deliver(0, forged);
      pair.session().untilHeartbeat(1);
      assertThat(response).isNotDone();
      pair.session().deliver(0, response(id, "genuine").build());
      assertThat(response.get(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("genuine");
    }
  }

  @Test
  void ignoresALateResponseAndAcknowledgesIt() throws Exception {
    var handled = new ConcurrentLinkedQueue<String>();
    try (var pair =
        gateway.connect(gateway.options("alice"), c -> c.on("*", m -> handled.add(m.text())))) {
      CompletableFuture<IncomingMessage> response =
          pair.client().request(QUESTION, Duration.ofMillis(20));
      UUID id = pair.session().messages(1).getFirst().id();
      assertThatThrownBy(() -> response.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RequestTimeoutException.class);
      assertThat(pair.session().expect(Control.Cancel.class).id()).isEqualTo(id);
      pair.session().deliver(1, response(id, "late").guarantee(Guarantee.AT_LEAST_ONCE).build());
      Control.Ack ack = pair.session().expect(Control.Ack.class);
      assertThat(ack.stage()).isEqualTo(Stage.PROCESSED);
      assertThat(ack.sequences().contains(1)).isTrue();
      assertThat(handled).isEmpty();
    }
  }

  @Test
  void doesNotSendARequestThatNobodyWaitsForAnyMore() throws Exception {
    try (var pair =
        gateway.connect(gateway.options("alice"), new Greeting().withCredit(0, 16 << 20))) {
      CompletableFuture<IncomingMessage> response = pair.client().request(QUESTION);
      response.cancel(false);
      pair.client().send(QUESTION.withHops(1));
      pair.session().send(new Control.Credit(10, 16 << 20));
      assertThat(pair.session().messages(1).getFirst().hops()).isEqualTo(1);
    }
  }

  @Test
  void saysWhyThereIsNoResponse() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      CompletableFuture<IncomingMessage> response = pair.client().request(QUESTION);
      UUID id = pair.session().messages(1).getFirst().id();
      pair.session().deliver(0, response(id, "").metadata(Map.of("error", "no-handler")).build());
      assertThatThrownBy(() -> response.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              HandlerFailedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_HANDLER));
    }
  }

  @Test
  void failsWithARequestThatWasRefused() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      for (Guarantee guarantee : List.of(Guarantee.BEST_EFFORT, Guarantee.AT_LEAST_ONCE)) {
        CompletableFuture<IncomingMessage> response =
            pair.client().request(QUESTION.withGuarantee(guarantee));
        UUID id = pair.session().messages(1).getFirst().id();
        pair.session().send(new Control.Refusal(ErrorCode.UNKNOWN_RECIPIENT.wire(), id, "", 0, 1));
        assertRefused(response, ErrorCode.UNKNOWN_RECIPIENT);
      }
    }
  }

  @Test
  void failsWithADurableRequestThatEndedUnprocessed() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      CompletableFuture<IncomingMessage> response =
          pair.client().request(QUESTION.withGuarantee(Guarantee.AT_LEAST_ONCE));
      UUID id = pair.session().messages(1).getFirst().id();
      pair.session().stored(id);
      pair.session()
          .send(
              new Control.Receipt(
                  Stage.FAILED, ErrorCode.OVERLOADED.wire(), List.of(id), "bob", 0, 1));
      assertRefused(response, ErrorCode.OVERLOADED);
    }
  }

  @Test
  void boundsTheRequestsThatAwaitTheirResponse() throws Exception {
    ClientOptions narrow = gateway.options("alice").withQueue(2, 1 << 20);
    try (var pair = gateway.connect(narrow)) {
      CompletableFuture<IncomingMessage> first = pair.client().request(QUESTION);
      pair.session().messages(1);
      pair.client().request(QUESTION);
      pair.session().messages(1);
      assertThatThrownBy(() -> pair.client().request(QUESTION))
          .isInstanceOf(QueueFullException.class);
      first.cancel(false);
      pair.client().request(QUESTION);
    }
  }

  @Test
  void acknowledgesARequestOnceItsResponseIsStored() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            c -> c.onRequest("query", r -> ("re: " + r.text()).getBytes(StandardCharsets.UTF_8)))) {
      Message request = request("how?").hops(2).priority(Priority.HIGH).build();
      pair.session().deliver(1, request);
      Message response = pair.session().messages(1).getFirst();
      assertThat(response.kind()).isEqualTo(Kind.RESPONSE);
      assertThat(response.to()).isEqualTo("bob");
      assertThat(response.correlation()).isEqualTo(request.id());
      assertThat(response.hops()).isEqualTo(3);
      assertThat(response.priority()).isEqualTo(Priority.HIGH);
      assertThat(response.guarantee()).isEqualTo(Guarantee.EXACTLY_ONCE);
      assertThat(Messages.text(response)).isEqualTo("re: how?");
      assertThat(pair.session().untilHeartbeat(1)).as("while the response may be lost").isEmpty();
      pair.session().stored(response.id());
      assertThat(pair.session().expect(Control.Ack.class).stage()).isEqualTo(Stage.PROCESSED);
    }
  }

  @Test
  void tellsTheOneWhoAskedThatTheHandlerFailedOrIsMissing() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            c ->
                c.onRequest(
                    "query",
                    _ -> {
                      throw new IllegalStateException("secret");
                    }))) {
      pair.session().deliver(0, request("?").guarantee(Guarantee.BEST_EFFORT).build());
      Message failed = pair.session().messages(1).getFirst();
      assertThat(failed.metadata()).containsExactly(Map.entry("error", "handler-failed"));
      assertThat(failed.payload()).isEmpty();
      pair.session()
          .deliver(
              0, Messages.of(Kind.REQUEST, "other", "?").guarantee(Guarantee.BEST_EFFORT).build());
      assertThat(pair.session().messages(1).getFirst().metadata())
          .containsExactly(Map.entry("error", "no-handler"));
    }
  }

  private static Message.Builder request(String text) {
    return Messages.of(Kind.REQUEST, "query", text).guarantee(Guarantee.EXACTLY_ONCE);
  }

  private static Message.Builder response(UUID request, String text) {
    return Messages.of(Kind.RESPONSE, "query", text)
        .guarantee(Guarantee.BEST_EFFORT)
        .correlation(request);
  }

  private static void assertRefused(CompletableFuture<?> response, ErrorCode code) {
    assertThatThrownBy(() -> response.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
