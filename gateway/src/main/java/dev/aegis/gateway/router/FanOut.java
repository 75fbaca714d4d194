package dev.aegis.gateway.router;

import dev.aegis.gateway.dispatch.Dispatcher;
import dev.aegis.gateway.dispatch.LaneOffer;
import dev.aegis.gateway.dispatch.Outbound;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One best-effort message on its way to many agents: it crosses to each loop once, and there into
/// the outboxes of all its agents; one that has no room for it is left out. Nobody is told.
///
/// @param acceptedAtMillis by the steady clock, which its time to live is measured with
/// @param delivery shared by all recipients, never changed
record FanOut(
    RouterContext context,
    FanOutCounters copies,
    RoutingHeader header,
    long acceptedAtMillis,
    byte[] delivery) {
  /// Agents of one loop.
  ///
  /// @param peers and which of them it is for; both asked on the loop
  /// @param bytes what the part holds in memory beside the message
  record Part(Iterable<Peer> peers, Predicate<Peer> among, int bytes) {}

  /// Hands it to the lanes of every loop that it is for.
  ///
  /// @return why it was not sent at all, or null
  @Nullable Refused send(Map<EventExecutor, Part> parts) {
    boolean taken = parts.isEmpty();
    for (Map.Entry<EventExecutor, Part> part : parts.entrySet()) {
      LaneOffer offer =
          context.dispatchers().of(part.getKey()).offer(new OnLoop(this, part.getValue()));
      switch (offer) {
        case ACCEPTED -> taken = true;
        case FULL -> context.counters().countRefused(ErrorCode.MAILBOX_FULL);
        case CLOSED -> taken = true; // its agents have gone
      }
    }
    return taken
        ? null
        : new Refused(ErrorCode.MAILBOX_FULL, "all lanes are full", Dispatcher.RETRY_MILLIS);
  }

  private void count(long delivered, long dropped, long nowMillis) {
    copies.countDelivered(delivered);
    copies.countDropped(dropped);
    if (delivered > 0) {
      context
          .counters()
          .countDeliveredFirst(
              header.priority(), header.guarantee(), delivered, nowMillis - acceptedAtMillis);
    }
  }

  /// What of it waits in the lanes of one loop. The clock is read, and copies are counted, once for
  /// all its recipients.
  private static final class OnLoop implements Outbound {
    private final FanOut message;
    private final Part part;
    private long nowMillis;
    private long delivered;
    private long dropped;

    OnLoop(FanOut message, Part part) {
      this.message = message;
      this.part = part;
    }

    @Override
    public void recipients(Consumer<Session> each) {
      nowMillis = message.context.gate().steady().millis();
      for (Peer peer : part.peers) {
        if (part.among.test(peer) && message.context.peers().isNewest(peer)) {
          each.accept(peer.session());
        }
      }
      message.count(delivered, dropped, nowMillis);
    }

    @Override
    public void run(Session recipient) {
      Refused why =
          OutboxOffer.take(
              message.context,
              message.header,
              message.acceptedAtMillis,
              nowMillis,
              message.delivery,
              recipient);
      if (why == null) {
        delivered++;
      } else {
        dropped++;
      }
    }

    @Override
    public Priority priority() {
      return message.header.priority();
    }

    @Override
    public int sizeBytes() {
      return message.delivery.length + part.bytes;
    }
  }
}
