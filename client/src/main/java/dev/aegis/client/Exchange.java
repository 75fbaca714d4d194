package dev.aegis.client;

import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.Control;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One request of this agent that awaits its response. Thread-safe, but for the deadline and its
/// timer, which belong to the event loop.
final class Exchange {
  private static final String CANCELLED = "cancelled";

  final Item item;
  final Deadline deadline;
  final RequestOptions options;
  @Nullable ScheduledFuture<?> timer;

  private final String to;
  private final CompletableFuture<IncomingMessage> response = new CompletableFuture<>();
  private volatile String cancelReason = CANCELLED;
  private volatile boolean overThere;

  Exchange(Item item, String to, RequestOptions options, long nowNanos) {
    this.item = item;
    this.to = to;
    this.options = options;
    this.deadline = new Deadline(nowNanos, options.total().toNanos(), options.idle().toNanos());
  }

  UUID id() {
    return item.id;
  }

  CompletableFuture<IncomingMessage> response() {
    return response;
  }

  /// Whether what that agent says about the request counts.
  boolean asks(String agent) {
    return asksMany() || to.equals(agent);
  }

  /// Whether more than one agent may answer.
  boolean asksMany() {
    return !AgentId.isValid(to);
  }

  void answered(IncomingMessage answer) {
    overThere = true;
    response.complete(answer);
  }

  /// The other side has given up, or never had it.
  void failed(AegisException why) {
    overThere = true;
    response.completeExceptionally(why);
  }

  void timedOut() {
    cancelReason = "timeout";
    response.completeExceptionally(
        new RequestTimeoutException(
            deadline.isAtCap()
                ? "no response within " + options.total()
                : "no response and no progress within " + options.idle()));
  }

  void cancel(String reason) {
    if (!response.isDone()) {
      cancelReason = Text.cut(reason);
      response.cancel(false);
    }
  }

  /// What tells the other agent that its work is not wanted any more, or null if it does not work
  /// on it. On the event loop, once the response is done.
  Control.@Nullable Cancel cancellation(String from) {
    return overThere || !item.written || asksMany()
        ? null
        : new Control.Cancel(item.id, to, from, cancelReason);
  }
}
