package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import org.jspecify.annotations.Nullable;

/// Messages to `*`: best-effort to every connected agent that the sender may reach, except itself.
final class Broadcasts {
  private Broadcasts() {}

  /// Hands it to everyone's lanes. A recipient whose lane is full is left out.
  ///
  /// @param sender the connected sender, or null for the REST API
  /// @return why it was not sent at all, or null
  static @Nullable Refused send(
      RouterContext context,
      String from,
      String organization,
      @Nullable Peer sender,
      RoutingHeader header,
      byte[] buffer,
      int offset) {
    if (header.guarantee().isDurable()) {
      return new Refused(ErrorCode.INVALID_FIELD, "guarantee: * is best-effort", 0);
    }
    long now = context.gate().steady().millis();
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    byte[] delivery =
        BestEffort.deliveryOf(buffer, offset, header.encodedBytes(), context.gate().nowMillis());
    for (Peer to : context.peers().all()) {
      if (!to.agentId().equals(from)
          && Authorization.mayReach(organization, to.session().organization())) {
        Refused why = BestEffort.send(context, new BestEffort(to, null, header, now, delivery));
        if (why != null) {
          context.counters().countRefused(why.code());
        }
      }
    }
    return null;
  }
}
