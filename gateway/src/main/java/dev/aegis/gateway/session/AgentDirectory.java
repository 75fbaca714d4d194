package dev.aegis.gateway.session;

import dev.aegis.protocol.AgentProof;
import java.util.Optional;

/// Decides whether a proven key may speak for a name. Blocking; called on the handshake pool only.
public interface AgentDirectory {
  /// Empty when the agent is unknown, its key is another or revoked, or its join token does not
  /// hold. The peer is never told which.
  Optional<AgentAdmission> admit(AgentProof proof);

  /// Whether it can tell at present. Any thread, never blocks.
  default boolean available() {
    return true;
  }
}
