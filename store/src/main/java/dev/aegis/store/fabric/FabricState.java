package dev.aegis.store.fabric;

/// The fabric of one node at one moment. Counts are since it was opened.
///
/// @param up whether this node's inbox can be read and nothing that it reaches has failed lately
/// @param queuedFlights flights that wait here or are on their way
/// @param queuedBytes the same in bytes
/// @param waitingTopicBytes bytes published by others that wait for the listener
/// @param claims agents that this node holds
/// @param subscriptions channels that it has subscribed to
/// @param sentFlights flights answered SENT, published ones included
/// @param sentEntries entries that carried them
/// @param full flights answered FULL
/// @param noInbox flights answered NO_INBOX
/// @param unavailable flights answered UNAVAILABLE
/// @param receivedFlights flights that the listener has taken from the inbox
/// @param receivedEntries entries that carried them
/// @param publishedFlights flights of topics that the listener has taken
/// @param dropped flights of topics that it was too slow for, in entries
/// @param poison entries that were malformed or did not open, and were removed
/// @param replays entries whose counter did not grow, and were removed
/// @param listenerFailures entries that the listener has thrown at
/// @param reconnects how often a connection was made again
/// @param inboxesLost how often this node's inbox had vanished
/// @param announcements claims that were made again
/// @param inboxEntries entries in this node's inbox when it was looked at last, a few seconds ago
/// @param openBreakers Redis servers that are not worth asking at the moment
/// @param roundTrips entries that Redis has answered
/// @param roundTripNanos how long those took in all, from here to Redis and back
/// @param lastError the text of the last failure, empty before the first
public record FabricState(
    boolean up,
    long queuedFlights,
    long queuedBytes,
    long waitingTopicBytes,
    long claims,
    long subscriptions,
    long sentFlights,
    long sentEntries,
    long full,
    long noInbox,
    long unavailable,
    long receivedFlights,
    long receivedEntries,
    long publishedFlights,
    long dropped,
    long poison,
    long replays,
    long listenerFailures,
    long reconnects,
    long inboxesLost,
    long announcements,
    long inboxEntries,
    long openBreakers,
    long roundTrips,
    long roundTripNanos,
    String lastError) {}
