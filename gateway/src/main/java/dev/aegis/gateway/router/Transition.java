package dev.aegis.gateway.router;

import java.util.Locale;

/// A step in a message's life that is counted by class and guarantee.
public enum Transition {
  /// Admitted: past limits, rates, rights and bounds.
  ACCEPTED(0),
  /// On disk, with its place in the recipient's mailbox.
  STORED(1),
  /// Handed to the recipient's session, redeliveries included.
  DELIVERED(2),
  /// Finished by the recipient, on disk.
  PROCESSED(3),
  /// Was on its way when the recipient's session ended.
  RETURNED(4),
  /// Failed, and is tried again.
  RETRIED(5),
  /// Failed for good.
  FAILED(6),
  /// Its time ran out.
  EXPIRED(7),
  /// Given up, kept for an admin.
  DEAD(8),
  /// Stored anew by an admin.
  REDRIVEN(9),
  /// Settled by an admin.
  DISCARDED(10),
  /// Handed to the recipient's session, and not for the first time; also counted as delivered.
  REDELIVERED(11),
  /// Went on from one agent to another that is able to do the same.
  MOVED(12);

  private static final Transition[] BY_INDEX = values();

  private final int index;

  Transition(int index) {
    this.index = index;
  }

  /// Its place in arrays of [#count] elements.
  int index() {
    return index;
  }

  static int count() {
    return BY_INDEX.length;
  }

  /// As metrics and status show it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
