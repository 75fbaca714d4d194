package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// One step in a message's life.
///
/// @param attempt the delivery attempt it belongs to, from 1
public record MessageEvent(
    MessageStatus status, long atMillis, int attempt, @Nullable String reason) {}
