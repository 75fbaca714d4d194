package dev.aegis.store;

import java.util.List;

/// A committed segment for the projector.
///
/// @param bytes what it holds in memory
record Committed(
    long segment,
    List<Accept> accepts,
    List<Effect> effects,
    List<Discard> discards,
    List<SignedWindow> windows,
    long bytes,
    long atNanos) {
  /// What a progress changed: the sequences that were open when it was committed.
  record Effect(Progress progress, long[] sequences) {}
}
