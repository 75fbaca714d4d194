package dev.aegis.bench.scaling;

/// What a cluster is to carry.
///
/// @param agents connected
/// @param messagesPerSecond of all of them
/// @param durableShare of the messages that are at-least-once, 0 to 1; the rest is best-effort
/// @param busy whether few agents send and receive most, so that messages share records, calls and
///   signatures as at saturation; else each message is alone in its flight, and each recipient is
///   one that its node has not looked up within a second
record Scenario(
    String title, double agents, double messagesPerSecond, double durableShare, boolean busy) {}
