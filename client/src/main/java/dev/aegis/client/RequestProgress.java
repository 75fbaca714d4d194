package dev.aegis.client;

/// Work on a request goes on.
///
/// @param from the agent that works on it
/// @param note what that agent says about it, at most 512 bytes of UTF-8; may be empty
public record RequestProgress(String from, String note) {}
