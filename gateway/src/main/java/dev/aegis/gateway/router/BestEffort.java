package dev.aegis.gateway.router;

import dev.aegis.gateway.dispatch.Dispatcher;
import dev.aegis.gateway.dispatch.LaneOffer;
import dev.aegis.gateway.dispatch.Outbound;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A best-effort message on its way to one connected agent: written once, or dropped with an error
/// to its sender.
///
/// @param sender told what becomes of it where it is dropped, or null for nobody
/// @param acceptedAtMillis by the steady clock, which its time to live is measured with
record BestEffort(
    Peer to,
    @Nullable Consumer<Control> sender,
    RoutingHeader header,
    long acceptedAtMillis,
    byte[] delivery)
    implements Outbound {
  /// Reads the envelope out of its record: the one copy it gets.
  ///
  /// @param nowMillis wall time, which the recipient is told
  static byte[] deliveryOf(byte[] buffer, int offset, int length, long nowMillis) {
    return EnvelopeCodec.encodeDelivery(0, 0, 1, nowMillis, buffer, offset, length);
  }

  /// Puts it into the recipient's lanes.
  ///
  /// @return why it was not taken, or null
  static @Nullable Refused send(RouterContext context, BestEffort message) {
    LaneOffer offer = context.dispatchers().of(message.to.session()).offer(message);
    return switch (offer) {
      case ACCEPTED -> null;
      case FULL ->
          new Refused(
              ErrorCode.MAILBOX_FULL, "the recipient's lane is full", Dispatcher.RETRY_MILLIS);
      case CLOSED -> offline(context);
    };
  }

  /// Why one that was to be passed to another node was not; null where it was.
  static @Nullable Refused refused(RouterContext context, OtherNodes.Passed passed) {
    return switch (passed) {
      case SENT -> null;
      case OFFLINE -> offline(context);
      case FULL -> context.gate().retryable(ErrorCode.MAILBOX_FULL, "the way to its node is full");
    };
  }

  static Refused offline(RouterContext context) {
    return context.gate().retryable(ErrorCode.RECIPIENT_OFFLINE, "the recipient is not connected");
  }

  @Override
  public void recipients(Consumer<Session> each) {
    each.accept(to.session());
  }

  @Override
  public Priority priority() {
    return header.priority();
  }

  @Override
  public int sizeBytes() {
    return delivery.length;
  }

  @Override
  public void run(Session recipient) {
    RouterContext context = to.context();
    long now = context.gate().steady().millis();
    Refused why = OutboxOffer.take(context, header, acceptedAtMillis, now, delivery, recipient);
    if (why == null) {
      context
          .counters()
          .countDeliveredFirst(header.priority(), header.guarantee(), 1, now - acceptedAtMillis);
    } else if (sender != null) {
      sender.accept(why.of(header));
    }
  }
}
