package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.gateway.admission.Excess;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Recipient;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Journal;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.Offer;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Whether a message may pass, beyond what its own bytes say: the sender's name and rights, rates,
/// the recipient, the room in its mailbox. Any thread.
final class Gate {
  private final RouterSettings settings;
  private final RateLimiter rates;
  private final Journal journal;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final SteadyClock steady;
  private final Authorization authorization = new Authorization();
  private volatile boolean draining;

  Gate(
      RouterSettings settings,
      RateLimiter rates,
      Journal journal,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.settings = settings;
    this.rates = rates;
    this.journal = journal;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.steady = new SteadyClock(clock, nanoTime);
  }

  /// Who may send to whom.
  Authorization authorization() {
    return authorization;
  }

  void drain() {
    draining = true;
  }

  /// Wall time.
  long nowMillis() {
    return clock.millis();
  }

  SteadyClock steady() {
    return steady;
  }

  /// What can be said before the recipient is known; null lets it pass.
  @Nullable Refused sender(RoutingHeader header, String agent, RateLimiter.Sender sender) {
    if (draining) {
      return retryable(ErrorCode.SHUTTING_DOWN, "the gateway is shutting down");
    }
    if (!header.from().equals(agent)) {
      return new Refused(ErrorCode.FROM_MISMATCH, "from is not the agent of this session", 0);
    }
    Excess excess =
        rates.take(agent, sender, header.type(), header.priority(), nanoTime.getAsLong());
    return excess == null
        ? null
        : new Refused(ErrorCode.RATE_LIMITED, excess.reason(), excess.waitMillis());
  }

  /// What is said once the recipient is known; null lets it pass.
  @Nullable Refused recipient(RoutingHeader header, String organization, Recipient recipient) {
    return switch (recipient) {
      case Recipient.Unknown() -> new Refused(ErrorCode.UNKNOWN_RECIPIENT, "no such agent", 0);
      case Recipient.Revoked() ->
          new Refused(ErrorCode.RECIPIENT_REVOKED, "the recipient was removed", 0);
      case Recipient.Inactive _ ->
          retryable(ErrorCode.RECIPIENT_OFFLINE, "the recipient is set inactive");
      case Recipient.Known(String theirs) -> {
        if (!authorization.maySend(organization, theirs, header.type())) {
          yield new Refused(ErrorCode.NOT_AUTHORIZED, "the sender may not reach that agent", 0);
        }
        yield header.guarantee().isDurable() ? mailbox(header.to()) : null;
      }
    };
  }

  /// Whether there is room for a durable message; null where there is.
  @Nullable Refused mailbox(String recipient) {
    Mailboxes.Depth depth = journal.mailboxes().depth(recipient);
    return isFull(depth)
        ? retryable(ErrorCode.MAILBOX_FULL, "the recipient's mailbox is full")
        : null;
  }

  /// Whether nothing more fits into a mailbox of this depth.
  boolean isFull(Mailboxes.Depth depth) {
    return depth.messages() >= settings.mailboxMessages()
        || depth.bytes() >= settings.mailboxBytes();
  }

  /// What the journal's answer means for the sender; null when it was taken.
  @Nullable Refused journal(Offer offer) {
    return switch (offer) {
      case ACCEPTED -> null;
      case FULL -> retryable(ErrorCode.OVERLOADED, "the gateway is out of room");
      case UNAVAILABLE -> storeUnavailable();
      case CLOSED -> retryable(ErrorCode.SHUTTING_DOWN, "the gateway is shutting down");
    };
  }

  Refused storeUnavailable() {
    return retryable(ErrorCode.STORE_UNAVAILABLE, "the store is not available");
  }

  Refused retryable(ErrorCode code, String reason) {
    return new Refused(code, reason, settings.retryMillis());
  }
}
