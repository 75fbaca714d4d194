package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Accept;
import dev.aegis.store.Discard;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.PoolName;
import dev.aegis.store.StoredMessage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Settles dead letters through the journal, which lets the first settlement of a letter win. Any
/// thread; never blocks.
public final class DeadLetters {
  private final RouterContext context;

  DeadLetters(RouterContext context) {
    this.context = context;
  }

  /// Stores a dead letter anew, under its old id and behind everything else.
  ///
  /// @return completes when it is on disk, or will not be
  public CompletionStage<Settlement> redrive(StoredMessage dead) {
    if (PoolName.isOne(dead.recipient())) {
      // Whoever is chosen may have the message whose id it has: it would be a dead letter again.
      return refused(
          new Refused(
              ErrorCode.CONFLICT,
              "its id is that of another message: send it anew, under an id of its own",
              0));
    }
    byte[] envelope = dead.envelope();
    RoutingHeader header = OwedRows.header(envelope);
    CompletableFuture<Settlement> result = new CompletableFuture<>();
    Origin origin = new Origin.FromAdmin(result, header.flags());
    Accept.Builder accept =
        Signing.accept(header, dead.recipient(), envelope, context.gate().nowMillis(), origin)
            .redrives(dead.mailboxEpoch(), dead.sequence());
    if (dead.windowId() != null) {
      accept.window(dead.windowId(), dead.leafIndex());
    } else {
      accept.digest(Unsigned.digest(envelope));
    }
    return offer(accept.build(), result);
  }

  /// Ends a dead letter for good.
  ///
  /// @return completes when that is on disk, or will not be
  public CompletionStage<Settlement> discard(StoredMessage dead) {
    CompletableFuture<Settlement> result = new CompletableFuture<>();
    return offer(
        new Discard(
            dead.recipient(),
            dead.mailboxEpoch(),
            dead.sequence(),
            context.gate().nowMillis(),
            new Origin.FromAdmin(result, 0)),
        result);
  }

  private CompletionStage<Settlement> offer(
      JournalEntry entry, CompletableFuture<Settlement> result) {
    Refused why = context.gate().journal(context.journal().offer(entry));
    return why == null ? result : refused(why);
  }

  private CompletionStage<Settlement> refused(Refused why) {
    context.counters().countRefused(why.code());
    return CompletableFuture.completedFuture(
        new Settlement.Refused(
            new SubmitResult.Refused(why.code(), why.reason(), why.retryAfterMillis())));
  }
}
