package dev.aegis.store;

/// An active, healthy agent that is able to do something.
///
/// @param capabilities as [RegisteredAgent#capabilities]
/// @param connected by a socket or a poll, at any node
/// @param open how many messages wait for it or are on their way, as the rows have it, up to
///   [CapabilityStore#MOST_COUNTED]
/// @param openBytes how much those messages take in the database
public record AbleAgent(
    String id,
    String organization,
    String capabilities,
    boolean connected,
    int open,
    long openBytes) {}
