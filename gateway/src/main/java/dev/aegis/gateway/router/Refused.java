package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;

/// Why a message was not taken.
///
/// @param reason a constant text
/// @param retryAfterMillis 0 where a retry does not help
record Refused(ErrorCode code, String reason, long retryAfterMillis) {
  Control.Refusal of(RoutingHeader header) {
    return new Control.Refusal(
        code.wire(), header.id(), reason, retryAfterMillis, header.kind().wire());
  }
}
