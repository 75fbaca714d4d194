package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.gateway.dispatch.Dispatcher;
import dev.aegis.gateway.dispatch.LaneOffer;
import dev.aegis.gateway.dispatch.Outbound;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import io.netty.util.concurrent.EventExecutor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A message to `*`: best-effort to every connected agent that the sender may reach, except itself.
/// It crosses to each loop once, and there into the outboxes of all its agents; one that has no
/// room for it is left out.
///
/// @param loop whose agents this part is for
/// @param acceptedAtMillis by the steady clock, which its time to live is measured with
/// @param delivery shared by all recipients, never changed
record Broadcast(
    RouterContext context,
    EventExecutor loop,
    String from,
    String organization,
    RoutingHeader header,
    long acceptedAtMillis,
    byte[] delivery)
    implements Outbound {
  /// Hands it to the lanes of every loop.
  ///
  /// @return why it was not sent at all, or null
  static @Nullable Refused send(
      RouterContext context,
      String from,
      String organization,
      RoutingHeader header,
      byte[] buffer,
      int offset) {
    if (header.guarantee().isDurable()) {
      return new Refused(ErrorCode.INVALID_FIELD, "guarantee: * is best-effort", 0);
    }
    long now = context.gate().steady().millis();
    byte[] delivery =
        BestEffort.deliveryOf(buffer, offset, header.encodedBytes(), context.gate().nowMillis());
    boolean taken = false;
    boolean refused = false;
    for (EventExecutor loop : context.peers().loops()) {
      LaneOffer offer =
          context
              .dispatchers()
              .of(loop)
              .offer(new Broadcast(context, loop, from, organization, header, now, delivery));
      if (offer == LaneOffer.FULL) {
        refused = true;
        context.counters().countRefused(ErrorCode.MAILBOX_FULL);
      } else {
        taken = true;
      }
    }
    if (refused && !taken) {
      return new Refused(ErrorCode.MAILBOX_FULL, "all lanes are full", Dispatcher.RETRY_MILLIS);
    }
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    return null;
  }

  @Override
  public void recipients(Consumer<Session> each) {
    for (Peer peer : context.peers().on(loop)) {
      if (!peer.agentId().equals(from)
          && Authorization.mayReach(organization, peer.session().organization())
          && context.peers().isNewest(peer)) {
        each.accept(peer.session());
      }
    }
  }

  @Override
  public void run(Session recipient) {
    long now = context.gate().steady().millis();
    if (header.ttlMillis() != 0 && acceptedAtMillis + header.ttlMillis() <= now) {
      context.counters().count(Transition.EXPIRED, header.priority(), header.guarantee());
      context.counters().countRefused(ErrorCode.EXPIRED);
    } else if (!recipient.isOpen()) {
      context.counters().countRefused(ErrorCode.RECIPIENT_OFFLINE);
    } else if (recipient.outbox().offer(header.priority(), delivery)) {
      context
          .counters()
          .countDelivered(header.priority(), header.guarantee(), 1, now - acceptedAtMillis);
    } else {
      context.counters().countRefused(ErrorCode.MAILBOX_FULL);
    }
  }

  @Override
  public Priority priority() {
    return header.priority();
  }

  @Override
  public int sizeBytes() {
    return delivery.length;
  }
}
