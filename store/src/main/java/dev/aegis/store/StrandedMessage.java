package dev.aegis.store;

import java.util.UUID;

/// A message routed by capability that lies with an agent which is not there, is not to work, or
/// has failed with it.
///
/// @param recipient that agent
/// @param organization the agent's
/// @param routedTo the address it was chosen by
public record StrandedMessage(
    UUID id,
    String sender,
    String recipient,
    String organization,
    long mailboxEpoch,
    long sequence,
    String routedTo) {}
