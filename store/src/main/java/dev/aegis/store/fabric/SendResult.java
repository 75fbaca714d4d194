package dev.aegis.store.fabric;

/// What became of a flight that was to be sent.
public enum SendResult {
  /// It lies in the inbox, or went out to the channel.
  SENT,

  /// The inbox, or the queue of this node, is at its bound: try again later.
  FULL,

  /// That node has no inbox: it is dead, not there yet, or has lost it a moment ago.
  NO_INBOX,

  /// The fabric is away or does not answer. The flight may have arrived all the same.
  UNAVAILABLE
}
