package dev.aegis.gateway.router;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.TrailQueue;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import org.jspecify.annotations.Nullable;

/// The part that the audit trail has in passing on one best-effort message: room for its entry is
/// taken before, and used or given back when it is known whether the message goes. Any thread.
final class Recording {
  private static final String REASON = "best-effort";

  /// Where the trail does not have such messages.
  private static final Recording OFF = new Recording(null);

  private final TrailQueue.@Nullable Place place;

  private Recording(TrailQueue.@Nullable Place place) {
    this.place = place;
  }

  /// Of a message to one agent.
  ///
  /// @param organization the sender's
  /// @param agent whom it is for, whatever its address says
  /// @param buffer holds the envelope at `offset`
  /// @param digest the envelope's leaf hash, null where nobody has computed it
  /// @return null where there is no room
  static @Nullable Recording toAgent(
      RouterContext context,
      String organization,
      String agent,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      byte @Nullable [] digest) {
    return take(context, organization, agent, agent, header, buffer, offset, digest);
  }

  /// Of one to many, within the sender's organization.
  static @Nullable Recording toMany(
      RouterContext context,
      String organization,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      byte @Nullable [] digest) {
    return take(context, organization, null, header.to(), header, buffer, offset, digest);
  }

  /// @param agent the recipient, where it is one agent
  /// @param recipient what the entry calls it
  private static @Nullable Recording take(
      RouterContext context,
      String organization,
      @Nullable String agent,
      String recipient,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      byte @Nullable [] digest) {
    TrailQueue trail = context.trail();
    if (trail == null) {
      return OFF;
    }
    TrailQueue.Place place =
        trail.take(organization, agent, entry(context, recipient, header, buffer, offset, digest));
    return place == null ? null : new Recording(place);
  }

  private static AuditEntry entry(
      RouterContext context,
      String recipient,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      byte @Nullable [] digest) {
    int length = header.encodedBytes();
    return new AuditEntry(
        AuditEvent.ACCEPTED,
        context.gate().nowMillis(),
        header.id(),
        header.from(),
        recipient,
        header.type(),
        recipient.equals(header.to()) ? REASON : REASON + ' ' + header.to(),
        header.conversation(),
        header.correlation(),
        0,
        0,
        length,
        header.priority().wire(),
        digest == null ? MerkleTree.leafHash(buffer, offset, length) : digest);
  }

  /// Why a message for which there is no room is not passed on.
  static Refused full(RouterContext context) {
    return context.gate().retryable(ErrorCode.OVERLOADED, "the audit trail has no room for it");
  }

  /// Once.
  ///
  /// @param why the message does not go, null where it does
  void end(@Nullable Refused why) {
    if (place != null) {
      place.settle(why == null);
    }
  }
}
