package dev.aegis.client;

/// How much may still be queued to send, in messages and bytes. Thread-safe.
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

  synchronized boolean take(int size) {
    if (messages >= maxMessages || (messages > 0 && bytes + size > maxBytes)) {
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
