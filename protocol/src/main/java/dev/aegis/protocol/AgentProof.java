package dev.aegis.protocol;

import dev.aegis.crypto.VerifyingKey;

/// Who an agent has proven to be by M3. That it holds the key is proven; whether this key may speak
/// for this name is for the gateway to look up.
///
/// @param joinToken empty unless the agent enrols
public record AgentProof(
    String agentId,
    VerifyingKey key,
    String joinToken,
    long mailboxEpoch,
    long mailboxCursor,
    int capabilities) {
  /// Capability bit: accepts payloads compressed with zstd.
  public static final int CAPABILITY_ZSTD = 1;

  @Override
  public String toString() {
    return "AgentProof of " + agentId; // never the token
  }
}
