package dev.aegis.gateway.net;

import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.AgentProof;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// What the upgrade's headers claim about the agent. They prove nothing; they may only not
/// contradict the handshake.
record HeaderHints(@Nullable String agentId, byte @Nullable [] publicKey) {
  /// @throws IllegalArgumentException a hint that could not be true; the message is for the peer
  static HeaderHints of(HttpHeaders headers) {
    String agentId = headers.get("X-Agent-ID");
    if (agentId != null && !AgentId.isValid(agentId)) {
      throw new IllegalArgumentException("X-Agent-ID is not an agent id");
    }
    String key = headers.get("X-Agent-Public-Key");
    byte[] publicKey = null;
    if (key != null) {
      try {
        publicKey = Base64.getDecoder().decode(key);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("X-Agent-Public-Key is not base64", e);
      }
      if (publicKey.length != 32) {
        throw new IllegalArgumentException("X-Agent-Public-Key is not 32 bytes");
      }
    }
    return new HeaderHints(agentId, publicKey);
  }

  boolean agreeWith(AgentProof proof) {
    return (agentId == null || agentId.equals(proof.agentId()))
        && (publicKey == null || Arrays.equals(publicKey, proof.key().bytes()));
  }
}
