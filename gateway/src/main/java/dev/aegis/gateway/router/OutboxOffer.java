package dev.aegis.gateway.router;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import org.jspecify.annotations.Nullable;

/// The last step of a best-effort message: into its recipient's outbox, or not at all. Only what is
/// dropped is counted here, for what is delivered may be many copies at once.
final class OutboxOffer {
  private OutboxOffer() {}

  /// On the recipient's loop.
  ///
  /// @param acceptedAtMillis by the steady clock, which its time to live is measured with
  /// @param nowMillis by the same clock
  /// @return why it was dropped, or null
  static @Nullable Refused take(
      RouterContext context,
      RoutingHeader header,
      long acceptedAtMillis,
      long nowMillis,
      byte[] delivery,
      Session recipient) {
    Refused why;
    if (!recipient.isOpen()) {
      why = BestEffort.offline(context);
    } else if (header.ttlMillis() != 0 && acceptedAtMillis + header.ttlMillis() <= nowMillis) {
      context.counters().count(Transition.EXPIRED, header.priority(), header.guarantee());
      why = new Refused(ErrorCode.EXPIRED, "its time to live ran out", 0);
    } else if (recipient.outbox().offer(header.priority(), delivery)) {
      return null;
    } else {
      why = context.gate().retryable(ErrorCode.MAILBOX_FULL, "the recipient's outbox is full");
    }
    context.counters().countRefused(why.code());
    return why;
  }
}
