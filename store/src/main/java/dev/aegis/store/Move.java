package dev.aegis.store;

import java.util.Objects;

/// A message that has left one mailbox for another, and may not be there yet.
///
/// @param message as it left; its reason is the next recipient
/// @param atMillis when
public record Move(StoredMessage message, long atMillis) {
  /// Whose mailbox it goes to.
  public String to() {
    return Objects.requireNonNull(message.reason(), "a move without a recipient");
  }

  public Cursor cursor() {
    return new Cursor(atMillis, message.recipient(), message.sequence());
  }

  /// A place among all moves.
  public record Cursor(long atMillis, String recipient, long sequence) {
    static final Cursor START = new Cursor(0, "", 0);
  }
}
