package dev.aegis.store;

/// Where a page of a mailbox begins: after this priority and sequence.
///
/// @param priority 0 critical to 3 low
public record PageCursor(int priority, long sequence) implements Comparable<PageCursor> {
  /// Before the first message.
  public static final PageCursor START = new PageCursor(-1, 0);

  /// Behind the last message.
  static final PageCursor END = new PageCursor(Integer.MAX_VALUE, 0);

  static PageCursor of(Accept accept) {
    return new PageCursor(accept.priority(), accept.sequence());
  }

  /// The cursor that continues behind a message.
  public static PageCursor after(StoredMessage message) {
    return new PageCursor(message.priority(), message.sequence());
  }

  @Override
  public int compareTo(PageCursor other) {
    int byPriority = Integer.compare(priority, other.priority);
    return byPriority != 0 ? byPriority : Long.compare(sequence, other.sequence);
  }
}
