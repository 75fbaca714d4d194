package dev.aegis.store;

/// Whose entry it is: another node's, which waits for an answer.
record Forwarded(long node, long ticket) {}
