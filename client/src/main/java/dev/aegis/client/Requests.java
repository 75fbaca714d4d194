package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Limits;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The requests of this agent whose response has not come. Bounded by the number given. Any thread
/// may ask; what arrives is told on the event loop.
final class Requests {
  /// Metadata of a response that tells why there is none.
  static final String ERROR = "error";

  private static final Logger log = LoggerFactory.getLogger(Requests.class);
  private static final Duration LONGEST_TTL = Duration.ofMillis(Limits.defaults().maxTtlMillis());
  private static final List<ErrorCode> FAILURES =
      List.of(
          ErrorCode.NO_HANDLER,
          ErrorCode.HANDLER_FAILED,
          ErrorCode.OVERLOADED,
          ErrorCode.CANCELLED);

  /// What it needs of its client.
  interface Client {
    /// Any thread; runs on the event loop, unless the client has ended.
    void execute(Runnable task);

    /// On the event loop: sends it if there is a session.
    void tell(Control envelope);

    /// On the event loop: more, or fewer, responses are awaited.
    void awaitingChanged();
  }

  private final Map<UUID, Exchange> pending = new ConcurrentHashMap<>();
  private final String agentId;
  private final int max;
  private final EventLoop loop;
  private final LongSupplier nanoTime;
  private final Sender sender;
  private final Client client;

  Requests(
      ClientOptions options, EventLoop loop, LongSupplier nanoTime, Sender sender, Client client) {
    this.agentId = options.agentId();
    this.max = options.maxQueuedMessages();
    this.loop = loop;
    this.nanoTime = nanoTime;
    this.sender = sender;
    this.client = client;
  }

  /// Sends a request. Any thread.
  ///
  /// @throws QueueFullException as many await their response as may
  /// @throws AegisException it cannot be sent; why
  PendingRequest ask(OutgoingMessage message, RequestOptions options) {
    if (pending.size() >= max) {
      throw new QueueFullException(max + " requests await their response");
    }
    Item item = sender.item(Kind.REQUEST, inTime(message, options.total()), false);
    Exchange exchange = new Exchange(item, message.to(), options, nanoTime.getAsLong());
    pending.put(item.id, exchange);
    exchange.response().whenComplete((_, _) -> ended(exchange));
    try {
      sender.send(item);
    } catch (AegisException e) {
      exchange.failed(e);
      throw e;
    }
    item.sent
        .accepted()
        .whenComplete((_, why) -> {
          if (why instanceof AegisException known) {
            exchange.failed(known);
          }
        });
    client.execute(() -> {
      watch(exchange);
      client.awaitingChanged();
    });
    return new PendingRequest(exchange);
  }

  /// What nobody waits for any more need not be delivered.
  private static OutgoingMessage inTime(OutgoingMessage message, Duration total) {
    if (!message.ttl().isZero() || total.compareTo(LONGEST_TTL) > 0) {
      return message;
    }
    return message.withTtl(Duration.ofMillis(Math.max(1, total.toMillis())));
  }

  private void ended(Exchange exchange) {
    pending.remove(exchange.id());
    client.execute(() -> {
      if (exchange.timer != null) {
        exchange.timer.cancel(false);
      }
      exchange.item.withdrawn = true;
      Control.Cancel cancel = exchange.cancellation(agentId);
      if (cancel != null) {
        client.tell(cancel);
      }
      client.awaitingChanged();
    });
  }

  private void watch(Exchange exchange) {
    if (exchange.response().isDone()) {
      return;
    }
    long left = exchange.deadline.leftNanos(nanoTime.getAsLong());
    if (left <= 0) {
      exchange.timedOut();
    } else {
      exchange.timer = loop.schedule(() -> watch(exchange), left, TimeUnit.NANOSECONDS);
    }
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  /// A response has come. One to a request that has ended, of whichever attempt, or of another
  /// agent than the one asked, is ignored.
  void answered(IncomingMessage answer) {
    Exchange asked = asked(answer.message().correlation(), answer.from());
    if (asked == null) {
      log.debug("ignored a response of {} that nobody waits for", answer.from());
      return;
    }
    String error = answer.message().metadata().get(ERROR);
    if (error == null) {
      asked.answered(answer);
    } else {
      asked.failed(
          new HandlerFailedException(failure(error), answer.from() + " answered: " + error));
    }
  }

  /// The agent that was asked is still at work.
  void progressed(Control.Progressing progress) {
    Exchange asked = asked(progress.id(), progress.from());
    if (asked == null) {
      return;
    }
    asked.deadline.extend(nanoTime.getAsLong());
    try {
      asked.options.onProgress().accept(new RequestProgress(progress.from(), progress.note()));
    } catch (RuntimeException e) { // the application's; the client lives on
      log.warn("listener of progress failed", e);
    }
  }

  private @Nullable Exchange asked(@Nullable UUID request, String agent) {
    Exchange asked = request == null ? null : pending.get(request);
    return asked == null || !asked.asks(agent) ? null : asked;
  }

  void failed(UUID id, AegisException why) {
    Exchange asked = pending.get(id);
    if (asked != null) {
      asked.failed(why);
    }
  }

  /// One recipient has not handled it. Where it went to many, another may answer.
  void copyFailed(UUID id, AegisException why) {
    Exchange asked = pending.get(id);
    if (asked != null && !asked.asksMany()) {
      asked.failed(why);
    }
  }

  void failAll(AegisException why) {
    pending.values().forEach(asked -> asked.failed(why));
  }

  private static ErrorCode failure(String label) {
    for (ErrorCode code : FAILURES) {
      if (code.label().equals(label)) {
        return code;
      }
    }
    return ErrorCode.HANDLER_FAILED;
  }
}
