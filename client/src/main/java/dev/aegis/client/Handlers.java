package dev.aegis.client;

import dev.aegis.client.Handlers.Outcome.Done;
import dev.aegis.client.Handlers.Outcome.Failed;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The application's handlers by subscription and type, and what their outcome means for the
/// message. Thread-safe. Whatever a handler throws ends its message and nothing else.
final class Handlers {
  private static final Logger log = LoggerFactory.getLogger(Handlers.class);
  private static final String ANY = "*";

  private final Map<String, MessageHandler> events = new ConcurrentHashMap<>();
  private final Map<String, RequestWorker> requests = new ConcurrentHashMap<>();
  private final Sender sender;
  private final Subscriptions subscriptions;
  private volatile GapHandler gaps = _ -> {};

  Handlers(Sender sender, Subscriptions subscriptions) {
    this.sender = sender;
    this.subscriptions = subscriptions;
  }

  void on(String type, MessageHandler handler) {
    events.put(type, handler);
  }

  void onRequest(String type, RequestWorker handler) {
    requests.put(type, handler);
  }

  void onGap(GapHandler handler) {
    gaps = handler;
  }

  /// Tells the application. Blocks as long as the handler does.
  void tell(MailboxGap gap) {
    try {
      gaps.handle(gap);
    } catch (Throwable e) { // an application's handler may throw anything; the client lives on
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      log.warn("handler of gaps failed", e);
    }
  }

  /// What became of a message in its handler.
  sealed interface Outcome {
    /// It is finished: at once, or with its response accepted by the gateway. Until then the
    /// request must come again after a crash, or nobody would ever answer it.
    record Done(CompletableFuture<Void> accepted) implements Outcome {
      static final Done AT_ONCE = new Done(CompletableFuture.completedFuture(null));
    }

    record Failed(ErrorCode why) implements Outcome {}
  }

  /// Handles an event, or a request with its response. One that was cancelled before its handler
  /// began is not handled; to one that was cancelled meanwhile nobody awaits a response. Blocks as
  /// long as the handler does.
  Outcome handle(IncomingMessage incoming, @Nullable RequestContext request) {
    return request == null ? event(incoming) : answer(incoming, request);
  }

  private Outcome event(IncomingMessage incoming) {
    List<MessageHandler> subscribed = subscriptions.handlers(incoming.message());
    try {
      if (subscribed.isEmpty()) {
        MessageHandler handler = ofType(events, incoming);
        if (handler == null) {
          return new Failed(ErrorCode.NO_HANDLER);
        }
        handler.handle(incoming);
      }
      for (MessageHandler handler : subscribed) {
        handler.handle(incoming);
      }
      return Done.AT_ONCE;
    } catch (Throwable e) { // an application's handler may throw anything; the client lives on
      failed(incoming, e);
      return new Failed(ErrorCode.HANDLER_FAILED);
    }
  }

  private static <T> @Nullable T ofType(Map<String, T> handlers, IncomingMessage incoming) {
    T handler = handlers.get(incoming.type());
    return handler == null ? handlers.get(ANY) : handler;
  }

  private Outcome answer(IncomingMessage incoming, RequestContext context) {
    if (context.isCancelled()) {
      return new Failed(ErrorCode.CANCELLED);
    }
    Message request = incoming.message();
    RequestWorker handler = ofType(requests, incoming);
    if (handler == null) {
      return refuse(request, ErrorCode.NO_HANDLER);
    }
    try {
      byte[] payload = handler.handle(incoming, context);
      return context.isCancelled() ? Done.AT_ONCE : respond(request, payload, Map.of());
    } catch (Throwable e) { // as above
      failed(incoming, e);
      if (context.isCancelled()) {
        return new Failed(ErrorCode.CANCELLED);
      }
      return refuse(request, ErrorCode.HANDLER_FAILED);
    }
  }

  /// Tells the one who asked that there will be no answer.
  Outcome refuse(Message request, ErrorCode why) {
    return respond(request, new byte[0], Map.of(Requests.ERROR, why.label()));
  }

  private Outcome respond(Message request, byte[] payload, Map<String, String> metadata) {
    OutgoingMessage response =
        OutgoingMessage.of(request.from(), request.type(), payload)
            .withPriority(request.priority())
            .withGuarantee(request.guarantee())
            .withChannel(request.channel())
            .withConversation(request.conversation())
            .withCorrelation(request.id())
            .withMetadata(metadata)
            .withHops(request.hops() + 1);
    try {
      Item item = sender.item(Kind.RESPONSE, response, false);
      sender.send(item);
      return new Done(item.sent.accepted());
    } catch (AegisException e) {
      log.warn("response to {} was not sent: {}", request.from(), e.getMessage());
      return new Failed(ErrorCode.OVERLOADED);
    }
  }

  private static void failed(IncomingMessage incoming, Throwable why) {
    if (why instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    log.warn("handler for type {} failed", incoming.type(), why);
  }
}
