package dev.aegis.gateway.router;

import dev.aegis.gateway.capability.Candidate;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.PoolName;
import org.jspecify.annotations.Nullable;

/// A message to whoever has a capability, in the sender's organization: what is said of it when it
/// comes in. Any thread.
///
/// @param organization the sender's
/// @param header durable or not
record Work(
    RouterContext context, String organization, CapabilityAddress wanted, RoutingHeader header) {
  /// The metadata that says what becomes of work for which nobody is there.
  private static final String NO_CANDIDATE = "no_candidate";

  private static final String PARK = "park";
  private static final String REFUSE = "refuse";

  /// The mailbox that it is stored in until somebody has it.
  String pool() {
    return PoolName.of(organization, wanted);
  }

  /// Why a durable message is not taken, or null.
  ///
  /// @param buffer holds the envelope at `offset`
  @Nullable Refused durable(byte[] buffer, int offset) {
    String otherwise;
    try {
      otherwise =
          EnvelopeCodec.metadata(buffer, offset, header.encodedBytes())
              .getOrDefault(NO_CANDIDATE, REFUSE);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("its header was parsed before", e);
    }
    if (!otherwise.equals(REFUSE) && !otherwise.equals(PARK)) {
      return new Refused(ErrorCode.INVALID_FIELD, "metadata no_candidate: refuse or park", 0);
    }
    if (otherwise.equals(REFUSE) && !context.capabilities().any(organization, wanted)) {
      return nobody();
    }
    return context.gate().isFull(context.journal().mailboxes().depth(pool()))
        ? context.gate().retryable(ErrorCode.MAILBOX_FULL, "too much waits for such an agent")
        : null;
  }

  /// Who gets a best-effort message, or null: then [#nobody] says why.
  @Nullable String connected() {
    Candidate chosen = context.capabilities().choose(organization, wanted, Candidate::connected);
    return chosen == null ? null : chosen.id();
  }

  Refused nobody() {
    if (!context.capabilities().known()) {
      return context
          .gate()
          .retryable(ErrorCode.STORE_UNAVAILABLE, "it is not known yet who is able");
    }
    return context
        .gate()
        .retryable(ErrorCode.NO_CANDIDATE, "no agent that could do it is active and healthy");
  }
}
