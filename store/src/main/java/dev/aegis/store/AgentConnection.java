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
    boolean active) {}
