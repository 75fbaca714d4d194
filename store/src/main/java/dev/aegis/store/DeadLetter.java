package dev.aegis.store;

import java.util.UUID;

/// A message that was given up.
///
/// @param diedAtMillis when that was
public record DeadLetter(StoredMessage message, long diedAtMillis) {
  /// Where the page behind this one begins.
  public Cursor cursor() {
    return new Cursor(diedAtMillis, message.id());
  }

  /// A place in the dead letters, newest first: everything behind it is older, or as old and of a
  /// smaller id.
  public record Cursor(long atMillis, UUID id) {
    private static final UUID SMALLEST = new UUID(0, 0);

    /// In front of everything that is older than this.
    public static Cursor before(long millis) {
      return new Cursor(millis, SMALLEST);
    }
  }
}
