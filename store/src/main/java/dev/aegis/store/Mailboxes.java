package dev.aegis.store;

/// Where every recipient's mailbox stands. Any thread.
public interface Mailboxes {
  /// The mailbox's position and depth; a mailbox never used has epoch 0.
  Depth depth(String recipient);

  /// Whether this gateway gives out the mailbox's positions. Always so, unless others share the
  /// database.
  default boolean owns(String recipient) {
    return true;
  }

  /// A moment of one mailbox.
  ///
  /// @param epoch the epoch its sequences belong to, 0 while it was never used
  /// @param nextSequence what the next message will get
  /// @param messages open messages: stored, not finished
  /// @param bytes their envelopes' bytes
  record Depth(long epoch, long nextSequence, long messages, long bytes) {
    /// A mailbox that was never used.
    public static final Depth NONE = new Depth(0, 1, 0, 0);
  }
}
