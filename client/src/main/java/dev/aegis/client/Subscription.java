package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A subscription to topics. The client makes it again in each session. Thread-safe.
///
/// It ends when it is closed, when the gateway refuses it, or with the client. To the gateway, one
/// that is not durable ends with the session; a durable one only when it is closed: a client that
/// closes, or an agent that stops, leaves it in place.
public final class Subscription implements AutoCloseable {
  private final Control.Subscribe wanted;
  private final TopicPattern pattern;
  private final TopicFilter filter;
  private final MessageHandler handler;
  private final Consumer<Subscription> closing;
  private final CompletableFuture<Void> active = new CompletableFuture<>();
  private final CompletableFuture<AegisException> ended = new CompletableFuture<>();

  Subscription(
      Control.Subscribe wanted,
      TopicPattern pattern,
      TopicFilter filter,
      MessageHandler handler,
      Consumer<Subscription> closing) {
    this.wanted = wanted;
    this.pattern = pattern;
    this.filter = filter;
    this.handler = handler;
    this.closing = closing;
  }

  UUID id() {
    return wanted.id();
  }

  Control.Subscribe wanted() {
    return wanted;
  }

  MessageHandler handler() {
    return handler;
  }

  boolean isFor(@Nullable String topic, Message message) {
    return topic != null && pattern.matches(topic) && filter.passes(message);
  }

  void confirmed() {
    active.complete(null);
  }

  void end(AegisException why) {
    ended.complete(why);
    active.completeExceptionally(why);
  }

  public String pattern() {
    return pattern.toString();
  }

  /// Completes when the gateway has the subscription for the first time: what is published from
  /// then on is for it. Fails with the [AegisException] that says why there is none, such as a
  /// [RefusedException] with its code. Completes on the client's event loop: what is attached to it
  /// must not block.
  public CompletableFuture<Void> active() {
    return active.copy();
  }

  /// Completes, normally, with why there is no such subscription any more.
  public CompletableFuture<AegisException> ended() {
    return ended.copy();
  }

  /// Ends the subscription, a durable one for good, which needs a session: the client sees to it in
  /// the next one if there is none now. Does not wait. What is under way may still arrive; it goes
  /// to the handlers of its type.
  @Override
  public void close() {
    closing.accept(this);
  }
}
