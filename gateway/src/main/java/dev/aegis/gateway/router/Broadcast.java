package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to `*`: best-effort to every connected agent that the sender may reach, except itself.
final class Broadcast {
  private Broadcast() {}

  /// @param digest the envelope's leaf hash, null where nobody has computed it
  /// @return why it was not sent at all, or null
  static @Nullable Refused send(
      RouterContext context,
      String organization,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      byte @Nullable [] digest) {
    if (header.guarantee().isDurable()) {
      return new Refused(ErrorCode.INVALID_FIELD, "guarantee: * is best-effort", 0);
    }
    Recording recording = Recording.toMany(context, organization, header, buffer, offset, digest);
    if (recording == null) {
      return Recording.full(context);
    }
    byte[] delivery =
        BestEffort.deliveryOf(buffer, offset, header.encodedBytes(), context.gate().nowMillis());
    Refused why = deliver(context, organization, header, delivery);
    recording.end(why);
    if (why == null) {
      context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
      context.others().broadcast(organization, header, delivery);
    }
    return why;
  }

  /// To those connected here.
  ///
  /// @param delivery kept
  static @Nullable Refused deliver(
      RouterContext context, String organization, RoutingHeader header, byte[] delivery) {
    Map<EventExecutor, FanOut.Part> parts = new HashMap<>();
    for (EventExecutor loop : context.peers().loops()) {
      parts.put(
          loop,
          new FanOut.Part(
              context.peers().on(loop), peer -> isFor(peer, header.from(), organization), 0));
    }
    return new FanOut(
            context,
            context.counters().broadcasts(),
            header,
            context.gate().steady().millis(),
            delivery)
        .send(parts);
  }

  private static boolean isFor(Peer peer, String from, String organization) {
    return !peer.agentId().equals(from)
        && Authorization.mayReach(organization, peer.session().organization());
  }
}
