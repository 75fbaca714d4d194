package dev.aegis.store;

/// What became of an entry offered to the journal.
public enum Offer {
  /// Taken; exactly one call of the listener will name it.
  ACCEPTED,
  /// Its class is at its bound, or the projections lag too far behind. Retry later.
  FULL,
  /// The database does not answer at the moment. Retry later.
  UNAVAILABLE,
  /// The journal is closing or closed.
  CLOSED
}
