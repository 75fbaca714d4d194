package dev.aegis.store;

import java.util.UUID;

/// An agent's newest connection as its row has it. Times are Unix milliseconds.
///
/// @param id the connection's own id, new for every login
/// @param sessionToken SHA-256 of the token; never the token
public record AgentConnection(
    UUID id,
    String agentId,
    byte[] publicKey,
    byte[] sessionToken,
    long connectedAtMillis,
    long lastSeenMillis,
    boolean active) {
  /// The id of a connection: made of the number of its session and the agent's name.
  public static UUID id(long sessionEpoch, String agentId) {
    return new UUID(sessionEpoch, agentId.hashCode());
  }

  /// The number of its session at the gateway that has it.
  public long sessionEpoch() {
    return id.getMostSignificantBits();
  }
}
