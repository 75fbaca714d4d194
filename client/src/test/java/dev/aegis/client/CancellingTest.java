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
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Requests that are given up or take long, from both sides.
class CancellingTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final OutgoingMessage QUESTION =
      OutgoingMessage.text("bob", "query", "?").withGuarantee(Guarantee.BEST_EFFORT);

  private final CountDownLatch mayEnd = new CountDownLatch(1);
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @AfterEach
  void letHandlersEnd() {
    mayEnd.countDown();
  }

  @Test
  void tellsTheOtherAgentOfACancelAndWhy() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      PendingRequest request = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      pair.session().messages(1);
      request.cancel("changed my mind");
      assertThat(pair.session().expect(Control.Cancel.class))
          .isEqualTo(new Control.Cancel(request.id(), "bob", "alice", "changed my mind"));
      assertThat(request.response()).isCancelled();
      request.cancel("again");
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
    }
  }

  @Test
  void tellsTheOtherAgentOfACancelledFutureAndOfATimeout() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      CompletableFuture<IncomingMessage> cancelled = pair.client().request(QUESTION);
      UUID first = pair.session().messages(1).getFirst().id();
      cancelled.cancel(true);
      assertThat(pair.session().expect(Control.Cancel.class).id()).isEqualTo(first);

      CompletableFuture<IncomingMessage> late =
          pair.client().request(QUESTION, Duration.ofMillis(50));
      UUID second = pair.session().messages(1).getFirst().id();
      assertThat(pair.session().expect(Control.Cancel.class))
          .isEqualTo(new Control.Cancel(second, "bob", "alice", "timeout"));
      assertThatThrownBy(() -> late.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RequestTimeoutException.class);
    }
  }

  @Test
  void cancelsNothingThatWasNotSentOrIsOver() throws Exception {
    try (var pair =
        gateway.connect(gateway.options("alice"), new Greeting().withCredit(1, 16 << 20))) {
      PendingRequest answered = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      pair.session().messages(1);
      PendingRequest waiting = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      waiting.cancel("never mind");
      pair.session().deliver(0, response(answered.id(), "done"));
      answered.response().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      answered.cancel("too late");
      assertThat(pair.session().untilHeartbeat(1)).isEmpty();
    }
  }

  @Test
  void ignoresTheLateResponseOfAnEarlierAttempt() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      PendingRequest first = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      first.cancel("ask again");
      PendingRequest second = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      pair.session().deliver(0, response(first.id(), "old"));
      pair.session().untilHeartbeat(1);
      assertThat(second.response()).isNotDone();
      pair.session().deliver(0, response(second.id(), "new"));
      pair.session().deliver(0, response(second.id(), "of a second delivery"));
      assertThat(second.response().get(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("new");
      assertThat(first.response()).isCancelled();
    }
  }

  @Test
  void keepsARequestWhoseCancelOfAnotherFoundNobody() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      PendingRequest request = pair.client().ask(QUESTION, RequestOptions.within(LONG));
      pair.session().messages(1);
      pair.session()
          .send(
              new Control.Refusal(
                  ErrorCode.RECIPIENT_OFFLINE.wire(), request.id(), "", 0, Kind.CANCEL.wire()));
      pair.session().untilHeartbeat(1);
      assertThat(request.response()).isNotDone();
    }
  }

  @Test
  void progressReachesTheListenerAndPutsOffTheIdleDeadline() throws Exception {
    var notes = new ConcurrentLinkedQueue<RequestProgress>();
    try (var pair = gateway.connect(gateway.options("alice"))) {
      PendingRequest request =
          pair.client()
              .ask(
                  QUESTION,
                  RequestOptions.within(LONG)
                      .withIdle(Duration.ofSeconds(1))
                      .withProgress(notes::add));
      pair.session().messages(1);
      pair.session()
          .send(
              new Control.Progressing(request.id(), "alice", "mallory", "not asked"),
              new Control.Progressing(request.id(), "alice", "bob", "half"));
      await().until(() -> !notes.isEmpty());
      assertThat(notes).containsExactly(new RequestProgress("bob", "half"));
      assertThatThrownBy(() -> request.response().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOf(RequestTimeoutException.class)
          .hasMessageContaining("progress");
    }
  }

  @Test
  void boundsARequestByTheTimeThatItsResponseIsAwaited() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      pair.client().request(QUESTION, Duration.ofSeconds(90));
      pair.client().request(QUESTION.withTtl(LONG), Duration.ofSeconds(90));
      assertThat(pair.session().messages(2))
          .extracting(Message::ttlMillis)
          .containsExactly(90_000L, LONG.toMillis());
    }
  }

  @Test
  void aWorkerLearnsThatItsRequestWasCancelledAndAnswersNothing() throws Exception {
    var seen = new CompletableFuture<RequestContext>();
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            c ->
                c.onRequest(
                    "query",
                    (_, context) -> {
                      context.onCancel(mayEnd::countDown);
                      seen.complete(context);
                      mayEnd.await();
                      return new byte[] {1};
                    }))) {
      Message request = request(Guarantee.AT_LEAST_ONCE);
      pair.session().deliver(1, request);
      RequestContext context = seen.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(context.isCancelled()).isFalse();
      pair.session()
          .send(
              new Control.Cancel(request.id(), "alice", "mallory", "not mine"),
              new Control.Cancel(request.id(), "alice", "bob", "enough"));
      assertThat(pair.session().expect(Control.Ack.class))
          .isEqualTo(new Control.Ack(Stage.PROCESSED, 7, SequenceRanges.of(1)));
      assertThat(context.cancelReason()).contains("enough");
    }
  }

  @Test
  void aRequestWhoseCancelCameFirstIsNotHandled() throws Exception {
    var handled = new ConcurrentLinkedQueue<IncomingMessage>();
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            c ->
                c.onRequest(
                    "query",
                    request -> {
                      handled.add(request);
                      return new byte[0];
                    }))) {
      Message request = request(Guarantee.AT_LEAST_ONCE);
      pair.session().send(new Control.Cancel(request.id(), "alice", "bob", "early"));
      pair.session().deliver(1, request);
      Control.Nack nack = pair.session().expect(Control.Nack.class);
      assertThat(nack.sequence()).isEqualTo(1);
      assertThat(nack.code()).isEqualTo(ErrorCode.CANCELLED.wire());
      assertThat(handled).isEmpty();
    }
  }

  @Test
  void aWorkerTellsOfItsProgress() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            c ->
                c.onRequest(
                    "query",
                    (_, context) -> {
                      context.progress("half of it " + "ü".repeat(400));
                      mayEnd.await();
                      return new byte[0];
                    }))) {
      Message request = request(Guarantee.BEST_EFFORT);
      pair.session().deliver(0, request);
      Control.Progressing progress = pair.session().expect(Control.Progressing.class);
      assertThat(progress.id()).isEqualTo(request.id());
      assertThat(List.of(progress.to(), progress.from())).containsExactly("bob", "alice");
      assertThat(progress.note()).isEqualTo("half of it " + "ü".repeat(250));
      mayEnd.countDown();
      assertThat(pair.session().messages(1).getFirst().correlation()).isEqualTo(request.id());
    }
  }

  private static Message request(Guarantee guarantee) {
    return Messages.of(Kind.REQUEST, "query", "?").guarantee(guarantee).build();
  }

  private static Message response(UUID request, String text) {
    return Messages.of(Kind.RESPONSE, "query", text)
        .guarantee(Guarantee.BEST_EFFORT)
        .correlation(request)
        .build();
  }
}
