package dev.aegis.gateway.dispatch;

/// What became of an item offered to the lanes.
public enum LaneOffer {
  /// Taken; the loop will run it.
  ACCEPTED,
  /// Its class is at its bound in items or bytes. Retry after [Dispatcher#RETRY_MILLIS].
  FULL,
  /// The event loop has ended.
  CLOSED
}
