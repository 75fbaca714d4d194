package dev.aegis.client;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// What became of a message that was sent. Each stage completes when the gateway tells of it, or
/// exceptionally with the [AegisException] that says why it never will. The stages complete on the
/// client's event loop: what is attached to them must not block.
///
/// A stage that the gateway tells while the client is not connected is not told again: `delivered`
/// and `processed` may then stay open. A best-effort message is only ever `accepted`; its other
/// stages fail if the gateway says that it could not pass it on.
///
/// So is a message to a topic: durable, it is accepted once it is stored for each of its durable
/// subscribers, of which there may be none.
///
/// @param accepted durable: stored and synced by the gateway; best-effort: written to the
///   connection
/// @param delivered the recipient has taken it
/// @param processed the recipient's handler has finished
public record Sent(
    UUID id,
    CompletableFuture<Void> accepted,
    CompletableFuture<Void> delivered,
    CompletableFuture<Void> processed) {
  static Sent of(UUID id) {
    return new Sent(
        id, new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());
  }

  /// The last stage first: whoever sees one fail finds those after it failed.
  void fail(AegisException why) {
    processed.completeExceptionally(why);
    delivered.completeExceptionally(why);
    accepted.completeExceptionally(why);
  }
}
