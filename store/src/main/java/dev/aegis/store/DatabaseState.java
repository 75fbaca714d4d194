package dev.aegis.store;

/// A moment of the connections for queries, for metrics. The journal has connections of its own.
///
/// @param active in use
/// @param idle open and free
/// @param waiting threads that wait for one
/// @param max how many there may be
/// @param unavailable calls since the start that failed because the database could not be reached
/// @param rejected calls since the start that it will never do
public record DatabaseState(
    int active, int idle, int waiting, int max, long unavailable, long rejected) {}
