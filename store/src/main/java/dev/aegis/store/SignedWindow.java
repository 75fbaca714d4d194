package dev.aegis.store;

import java.util.UUID;

/// A verified signing window, kept for later proofs. Arrays are the store's from here on.
///
/// @param sessionHash the session the window belongs to, 32 bytes
/// @param firstIndex the session's index of the first message
/// @param leafHashes the RFC 9162 leaf hashes, 32 bytes each, in order
/// @param signature the agent's Ed25519 signature, 64 bytes
/// @param agentKey the agent's Ed25519 key, 32 bytes
public record SignedWindow(
    UUID id,
    String agent,
    byte[] sessionHash,
    long firstIndex,
    byte[] leafHashes,
    byte[] signature,
    byte[] agentKey,
    long atMillis)
    implements JournalEntry {
  private static final int OVERHEAD = 96;
  private static final int HASH_LENGTH = 32;

  public SignedWindow {
    if (leafHashes.length == 0 || leafHashes.length % HASH_LENGTH != 0) {
      throw new IllegalArgumentException("leaf hashes must be 32 bytes each, at least one");
    }
  }

  /// How many messages the window covers.
  public int count() {
    return leafHashes.length / HASH_LENGTH;
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public int size() {
    return OVERHEAD
        + sessionHash.length
        + leafHashes.length
        + signature.length
        + agentKey.length
        + agent.length();
  }
}
