package dev.aegis.gateway.webhook;

import dev.aegis.gateway.poll.Answered;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Message;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StoreException;
import dev.aegis.store.WebhookDelivery;
import dev.aegis.store.WebhookEndpoint;
import dev.aegis.store.WebhookStore;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Posts one message, and does what the answer means: to the mailbox, to the endpoint, to the log.
/// Thread-safe; blocks.
final class Poster {
  private static final Logger log = LoggerFactory.getLogger(Poster.class);
  private static final int EXCERPT_BYTES = 1_024;
  private static final long COMMIT_SECONDS = 30;

  private final EndpointClient client;
  private final WebhookStore store;
  private final ResultStore results;
  private final DeliveryLog deliveries;
  private final WebhookCounters counters;
  private final WebhookJson json;
  private final WebhookSettings settings;
  private final TimeLimits limits;
  private final AuditLog audit;
  private final Consumer<String> alive;
  private final InstantSource clock;
  private final LongSupplier steadyMillis;

  /// @param alive told of agents whose endpoint has taken something
  Poster(
      EndpointClient client,
      WebhookStore store,
      ResultStore results,
      DeliveryLog deliveries,
      WebhookCounters counters,
      WebhookJson json,
      WebhookSettings settings,
      TimeLimits limits,
      AuditLog audit,
      Consumer<String> alive,
      InstantSource clock,
      LongSupplier steadyMillis) {
    this.client = client;
    this.store = store;
    this.results = results;
    this.deliveries = deliveries;
    this.counters = counters;
    this.json = json;
    this.settings = settings;
    this.limits = limits;
    this.audit = audit;
    this.alive = alive;
    this.clock = clock;
    this.steadyMillis = steadyMillis;
  }

  /// Posts a message that was handed out. Where the gateway stops meanwhile, or has had no room for
  /// it all the time, the message stays on its way, and comes again.
  void post(Served served, Target target, PollSessions.Posting mailbox, Control.Delivery delivery) {
    Message message = message(delivery);
    Duration limit = limits.of(delivery.bytes());
    Attempt attempt = attemptWithRoom(target, message, delivery, limit);
    if (attempt.answer() instanceof Answer.None(Answer.Why why) && isOwnAffair(why)) {
      target.breaker().unused();
      return;
    }
    Judgement judgement = attempt.judgement();
    if (judgement.hostFails()) {
      boolean sure = judgement.result() != Judgement.Result.TIMEOUT || limits.isWhole(limit);
      if (target.breaker().failed(sure, steadyMillis.getAsLong())) {
        counters.opened();
        mailbox.stop();
        log.info(
            "nothing is posted to {} for now: {}", Target.host(target.uri()), judgement.error());
      }
    } else {
      target.breaker().succeeded();
    }
    deliveries.add(row(served.agentId(), message.id(), delivery.attempt(), attempt));
    if (judgement.pauseMillis() > 0) {
      served.pauseUntil(steadyMillis.getAsLong() + judgement.pauseMillis());
      mailbox.stop();
    }
    ErrorCode code = judgement.code();
    if (code == null) {
      taken(mailbox, served.agentId(), delivery, attempt.answer());
      return;
    }
    if (judgement.result() == Judgement.Result.GONE) {
      served.target(null);
      mailbox.stop();
      gone(target.endpoint());
    }
    fail(mailbox, delivery, code, judgement);
  }

  private static boolean isOwnAffair(Answer.Why why) {
    return why == Answer.Why.STOPPED || why == Answer.Why.NO_ROOM;
  }

  /// Where there is no room, nothing was sent, and the message has failed at nothing: it waits.
  private Attempt attemptWithRoom(
      Target target, Message message, Control.Delivery delivery, Duration limit) {
    byte[] body = json.message(delivery);
    long last = System.nanoTime() + limits.held(delivery.bytes()).minus(limit).toNanos();
    while (true) {
      Attempt attempt =
          attempt(target.endpoint(), target.uri(), message.id(), body, delivery.attempt(), limit);
      boolean noRoom =
          attempt.answer() instanceof Answer.None(Answer.Why why) && why == Answer.Why.NO_ROOM;
      if (!noRoom || System.nanoTime() - last >= 0) {
        return attempt;
      }
    }
  }

  /// Tries an endpoint; nothing is written down.
  Attempt ping(WebhookEndpoint endpoint, URI uri, UUID id) {
    return attempt(
        endpoint,
        uri,
        id,
        json.ping(id, endpoint.agentId(), clock.millis()),
        1,
        settings.timeout());
  }

  /// What came of a request.
  record Attempt(long atMillis, int durationMillis, Answer answer, Judgement judgement) {
    /// How the answer begins, or null if there was none.
    @Nullable String excerpt() {
      return answer instanceof Answer.Response response
          ? new String(
              response.body(),
              0,
              Math.min(EXCERPT_BYTES, response.body().length),
              StandardCharsets.UTF_8)
          : null;
    }

    int code() {
      return answer instanceof Answer.Response response ? response.code() : 0;
    }
  }

  private Attempt attempt(
      WebhookEndpoint endpoint, URI uri, UUID id, byte[] body, int attempt, Duration limit) {
    Instant now = clock.instant();
    long began = System.nanoTime();
    Answer answer =
        client.post(
            endpoint.organization(),
            uri,
            Map.of(
                "webhook-id",
                id.toString(),
                "webhook-timestamp",
                Long.toString(now.getEpochSecond()),
                "webhook-signature",
                Signature.of(
                    Target.secrets(endpoint, now.toEpochMilli()),
                    id.toString(),
                    now.getEpochSecond(),
                    body),
                "aegis-attempt",
                Integer.toString(attempt)),
            body,
            limit);
    int took = (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    Judgement judgement = Judgement.of(answer, clock.instant(), settings.longestPause().toMillis());
    if (!(answer instanceof Answer.None(Answer.Why why) && isOwnAffair(why))) {
      counters.attempt(judgement.result(), took);
    }
    return new Attempt(now.toEpochMilli(), took, answer, judgement);
  }

  private void taken(
      PollSessions.Posting mailbox, String agentId, Control.Delivery delivery, Answer answer) {
    alive.accept(agentId);
    if (delivery.mailboxEpoch() == 0) {
      return; // best-effort: nobody waits for it
    }
    byte[] result = result(answer);
    if (result != null) {
      try { // first: whoever sees the message processed finds it
        results.put(agentId, delivery.mailboxEpoch(), delivery.sequence(), result);
      } catch (StoreException e) {
        log.debug("the result of a message of {} is not kept, and it comes again", agentId, e);
        fail(mailbox, delivery, ErrorCode.STORE_UNAVAILABLE, null);
        return;
      }
    }
    await(mailbox.processed(delivery.mailboxEpoch(), delivery.sequence()), agentId);
  }

  private void fail(
      PollSessions.Posting mailbox,
      Control.Delivery delivery,
      ErrorCode code,
      @Nullable Judgement judgement) {
    if (delivery.mailboxEpoch() == 0) {
      return;
    }
    String reason = judgement == null || judgement.error() == null ? "" : judgement.error();
    await(
        mailbox.failed(
            new Control.Nack(
                delivery.mailboxEpoch(),
                delivery.sequence(),
                code.wire(),
                reason,
                judgement == null ? 0 : judgement.pauseMillis())),
        reason);
  }

  private void gone(WebhookEndpoint endpoint) {
    try {
      if (store.disable(endpoint.agentId(), endpoint.url(), "410 Gone")) {
        audit.append(
            endpoint.organization(), "aegis", "webhook-disabled", endpoint.agentId(), "410 Gone");
      }
    } catch (StoreException e) {
      log.warn("{} is gone, which cannot be written down now", endpoint, e); // it will say so again
    }
  }

  private byte @Nullable [] result(Answer answer) {
    return answer instanceof Answer.Response response
            && response.whole()
            && response.body().length > 0
            && response.contentType() != null
            && response.contentType().toLowerCase(Locale.ROOT).startsWith("application/json")
        ? json.result(response.body())
        : null;
  }

  /// What the session made of it does not matter any more here: a message that it has not settled
  /// comes again.
  private static void await(CompletionStage<Answered> answered, String what) {
    try {
      Answered now = answered.toCompletableFuture().get(COMMIT_SECONDS, TimeUnit.SECONDS);
      if (!(now instanceof Answered.Taken)) {
        log.debug("a message was posted ({}) and not settled: {}", what, now);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException _) {
      log.debug("a message was posted ({}), which is not on disk yet", what);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a mailbox failed", e.getCause());
    }
  }

  private static WebhookDelivery row(String agentId, UUID id, int attempt, Attempt made) {
    return new WebhookDelivery(
        0,
        agentId,
        id,
        attempt,
        made.atMillis(),
        made.durationMillis(),
        switch (made.judgement().result()) {
          case DELIVERED -> WebhookDelivery.Status.SUCCESS;
          case TIMEOUT -> WebhookDelivery.Status.TIMEOUT;
          case REFUSED, FAILED, DENIED, GONE -> WebhookDelivery.Status.FAILED;
        },
        made.code(),
        made.excerpt(),
        false,
        made.judgement().error());
  }

  private static Message message(Control.Delivery delivery) {
    try {
      byte[] envelope = delivery.bytes();
      return (Message) EnvelopeCodec.decode(envelope, 0, envelope.length);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("what is stored was admitted once", e);
    }
  }
}
