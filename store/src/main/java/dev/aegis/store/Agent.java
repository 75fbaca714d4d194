package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// An enrolled agent.
///
/// @param publicKey its Ed25519 key, 32 bytes, or null until it has joined
/// @param revokedAtMillis 0 while it is welcome
public record Agent(
    String id,
    String organization,
    byte @Nullable [] publicKey,
    long createdAtMillis,
    long revokedAtMillis,
    AgentStatus status) {
  /// An active one.
  public Agent(
      String id,
      String organization,
      byte @Nullable [] publicKey,
      long createdAtMillis,
      long revokedAtMillis) {
    this(id, organization, publicKey, createdAtMillis, revokedAtMillis, AgentStatus.ACTIVE);
  }

  public boolean revoked() {
    return revokedAtMillis != 0;
  }
}
