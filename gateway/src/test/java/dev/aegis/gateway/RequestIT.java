package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.Gather;
import dev.aegis.client.Gathered;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.PendingRequest;
import dev.aegis.client.RequestContext;
import dev.aegis.client.RequestOptions;
import dev.aegis.client.RequestProgress;
import dev.aegis.client.RequestTimeoutException;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Requests that take long or are given up, between two agents and through the site.
@OnEverySite
class RequestIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final Site site;

  RequestIT(Site site) {
    this.site = site;
  }

  @Test
  void progressReachesTheRequesterBeforeTheResponse() throws Exception {
    Queue<RequestProgress> notes = new ConcurrentLinkedQueue<>();
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (AegisClient asker = AegisClient.connect(site.enrol("rq-asker"));
        AegisClient _ =
            AegisClient.connect(
                site.enrol("rq-worker"),
                c ->
                    c.onRequest(
                        "work",
                        (request, context) -> {
                          context.progress("begun");
                          mayEnd.await();
                          return ("done: " + request.text()).getBytes(StandardCharsets.UTF_8);
                        }))) {
      PendingRequest request =
          asker.ask(
              OutgoingMessage.text("rq-worker", "work", "x"),
              RequestOptions.within(LONG).withIdle(PATIENCE).withProgress(notes::add));
      await().atMost(PATIENCE).until(() -> !notes.isEmpty());
      assertThat(notes).containsExactly(new RequestProgress("rq-worker", "begun"));
      assertThat(request.response()).isNotDone();
      mayEnd.countDown();
      assertThat(answer(request.response()).text()).isEqualTo("done: x");
    }
  }

  @Test
  void aCancelledFutureStopsTheWorkOnTheOtherSide() throws Exception {
    for (Guarantee guarantee : Guarantee.values()) {
      String name = "rq-cancel-" + guarantee.label();
      CompletableFuture<RequestContext> working = new CompletableFuture<>();
      CountDownLatch stopped = new CountDownLatch(1);
      try (AegisClient asker = AegisClient.connect(site.enrol(name + "-asker"));
          AegisClient _ =
              AegisClient.connect(
                  site.enrol(name),
                  c ->
                      c.onRequest(
                          "work",
                          (_, context) -> {
                            context.onCancel(stopped::countDown);
                            working.complete(context);
                            stopped.await();
                            return new byte[0];
                          }))) {
        CompletableFuture<IncomingMessage> response =
            asker.request(OutgoingMessage.text(name, "work", "x").withGuarantee(guarantee), LONG);
        RequestContext context = working.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(context.isCancelled()).isFalse();
        response.cancel(true);
        assertThat(stopped.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(context.cancelReason()).contains("cancelled");
      }
    }
  }

  @Test
  void aTimeoutStopsTheWorkOnTheOtherSide() throws Exception {
    CompletableFuture<String> why = new CompletableFuture<>();
    CountDownLatch stopped = new CountDownLatch(1);
    try (AegisClient asker = AegisClient.connect(site.enrol("rq-late-asker"));
        AegisClient _ =
            AegisClient.connect(
                site.enrol("rq-late"),
                c ->
                    c.onRequest(
                        "work",
                        (_, context) -> {
                          context.onCancel(() -> {
                            why.complete(context.cancelReason().orElseThrow());
                            stopped.countDown();
                          });
                          stopped.await();
                          return new byte[0];
                        }))) {
      PendingRequest request =
          asker.ask(
              OutgoingMessage.text("rq-late", "work", "x"),
              RequestOptions.within(LONG).withIdle(Duration.ofSeconds(3)));
      assertThatThrownBy(() -> answer(request.response()))
          .hasCauseInstanceOf(RequestTimeoutException.class);
      assertThat(why.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("timeout");
    }
  }

  @Test
  void manyAgentsAnswerTheSameRequestAndTheOthersAreCancelled() throws Exception {
    List<String> names = List.of("rq-many-0", "rq-many-1", "rq-many-2", "rq-many-away");
    site.enrol("rq-many-away");
    CountDownLatch begun = new CountDownLatch(1); // one that has not begun would not begin at all
    CountDownLatch stopped = new CountDownLatch(1);
    List<AegisClient> workers = new ArrayList<>();
    try (AegisClient asker = AegisClient.connect(site.enrol("rq-many-asker"))) {
      for (String name : names.subList(0, 2)) {
        workers.add(
            AegisClient.connect(
                site.enrol(name),
                c ->
                    c.onRequest(
                        "vote",
                        request -> {
                          begun.await();
                          return request.payload();
                        })));
      }
      workers.add(
          AegisClient.connect(
              site.enrol("rq-many-2"),
              c ->
                  c.onRequest(
                      "vote",
                      (_, context) -> {
                        context.onCancel(stopped::countDown);
                        begun.countDown();
                        stopped.await();
                        return new byte[0];
                      })));
      Gathered gathered =
          asker
              .askAll(
                  names,
                  OutgoingMessage.text("*", "vote", "yes").withGuarantee(Guarantee.BEST_EFFORT),
                  Gather.quorum(2),
                  RequestOptions.within(LONG))
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(gathered.complete()).isTrue();
      assertThat(gathered.replies()).containsOnlyKeys("rq-many-0", "rq-many-1");
      assertThat(gathered.replies().values()).allMatch(reply -> reply.text().equals("yes"));
      assertThat(stopped.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      workers.forEach(AegisClient::close);
    }
  }

  @Test
  void nobodyCancelsForAnotherOrAcrossOrganizations() throws Exception {
    CompletableFuture<RequestContext> working = new CompletableFuture<>();
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (AegisClient asker = AegisClient.connect(site.enrol("rq-own-asker"));
        AegisClient _ =
            AegisClient.connect(
                site.enrol("rq-own"),
                c ->
                    c.onRequest(
                        "work",
                        (request, context) -> {
                          working.complete(context);
                          mayEnd.await();
                          return request.payload();
                        }));
        RawAgent neighbour = site.raw("rq-neighbour");
        AegisClient stranger = AegisClient.connect(site.enrol("rq-stranger", "elsewhere"))) {
      PendingRequest request =
          asker.ask(OutgoingMessage.text("rq-own", "work", "kept"), RequestOptions.within(LONG));
      RequestContext context = working.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      neighbour.send(
          EnvelopeCodec.encode(
              new Control.Cancel(request.id(), "rq-own", "rq-own-asker", "forged")));
      assertThat(neighbour.next(Control.Refusal.class).code())
          .isEqualTo(ErrorCode.FROM_MISMATCH.wire());
      neighbour.send(
          EnvelopeCodec.encode(
              new Control.Cancel(request.id(), "rq-own", "rq-neighbour", "not mine")));
      neighbour.send(
          EnvelopeCodec.encode(
              new Control.Cancel(request.id(), "rq-stranger", "rq-neighbour", "elsewhere")));
      assertThat(neighbour.next(Control.Refusal.class).code())
          .isEqualTo(ErrorCode.RECIPIENT_OFFLINE.wire());
      assertThat(stranger.ended()).isNotDone();
      mayEnd.countDown();
      assertThat(answer(request.response()).text()).isEqualTo("kept");
      assertThat(context.isCancelled()).isFalse();
    }
  }

  private static IncomingMessage answer(CompletableFuture<IncomingMessage> response)
      throws Exception {
    return response.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }
}
