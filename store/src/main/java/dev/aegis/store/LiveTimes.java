package dev.aegis.store;

/// From when on a sign of life counts, as Unix milliseconds.
///
/// @param healthySince a heartbeat since then makes an agent healthy
/// @param suspectSince a heartbeat or the end of a connection since then makes it suspect
/// @param lostSince so does a connection that was found lost since then
/// @param graceFrom so does a heartbeat between this and `graceUntil`, after which nobody could say
///   anything for a while; 0 where both are nothing
public record LiveTimes(
    long healthySince, long suspectSince, long lostSince, long graceFrom, long graceUntil) {}
