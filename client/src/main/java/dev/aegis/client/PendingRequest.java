package dev.aegis.client;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// A request and what becomes of it. Thread-safe.
public final class PendingRequest {
  private final Exchange exchange;

  PendingRequest(Exchange exchange) {
    this.exchange = exchange;
  }

  public UUID id() {
    return exchange.id();
  }

  /// The response, or why there is none: [RequestTimeoutException], [HandlerFailedException],
  /// [RefusedException] or why the client ended. Completes on the client's event loop, so what is
  /// attached to it must not block. Cancelling it cancels the request.
  public CompletableFuture<IncomingMessage> response() {
    return exchange.response();
  }

  /// Gives up. A request that was not sent yet is not sent; otherwise the other agent is told, if
  /// both are connected. Does nothing once the request has ended.
  ///
  /// @param reason for the other agent to read; cut to 512 bytes of UTF-8
  public void cancel(String reason) {
    exchange.cancel(reason);
  }
}
