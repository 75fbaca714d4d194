package dev.aegis.client;

/// How much may still be queued to send, in messages and bytes; the last eighth of the messages is
/// for urgent ones. Thread-safe.
///
/// One message always fits into an empty queue, however large it is.
final class Budget {
  private final int maxMessages;
  private final long maxBytes;
  private int messages;
  private long bytes;

  Budget(int maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /// Whether not even the smallest message has room now.
  synchronized boolean isUsedUp(boolean urgent) {
    int most = urgent ? maxMessages : maxMessages - maxMessages / Item.URGENT_SHARE;
    return messages >= most || (messages > 0 && bytes >= maxBytes);
  }

  synchronized boolean take(int size, boolean urgent) {
    if (isUsedUp(urgent) || (messages > 0 && bytes + size > maxBytes)) {
      return false;
    }
    messages++;
    bytes += size;
    return true;
  }

  synchronized void giveBack(int size) {
    messages--;
    bytes -= size;
  }
}
