package dev.aegis.gateway.session;

import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.AgentProof;
import org.jspecify.annotations.Nullable;

/// Who has logged in, and what it says of itself.
///
/// @param key what it has proven to hold; null for one that came with an API key
/// @param mailboxEpoch of the mailbox as it knows it, 0 for none
/// @param mailboxCursor everything up to there it has finished, in that epoch
/// @param capabilities bits of [AgentProof]
public record Login(
    String agentId,
    @Nullable VerifyingKey key,
    long mailboxEpoch,
    long mailboxCursor,
    int capabilities) {
  public static Login of(AgentProof proof) {
    return new Login(
        proof.agentId(),
        proof.key(),
        proof.mailboxEpoch(),
        proof.mailboxCursor(),
        proof.capabilities());
  }
}
