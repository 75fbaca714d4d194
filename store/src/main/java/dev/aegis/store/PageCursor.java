package dev.aegis.store;

/// Where a page of a mailbox begins: after this priority and sequence.
///
/// @param priority 0 critical to 3 low
public record PageCursor(int priority, long sequence) {
  /// Before the first message.
  public static final PageCursor START = new PageCursor(-1, 0);

  /// The cursor that continues behind a message.
  public static PageCursor after(StoredMessage message) {
    return new PageCursor(message.priority(), message.sequence());
  }
}
