package dev.aegis.gateway.delivery;

/// Bounds of one connected recipient's mailbox.
///
/// @param unacknowledged most messages delivered and not acknowledged
/// @param unacknowledgedBytes most bytes of them, and as many may wait in memory for room; one
///   message always passes
/// @param pageRows most rows of a page
/// @param pageBytes what a page should hold at most; later pages shrink and grow towards it
/// @param retryMillis pause before a failed read or a refused record is tried again
public record MailboxBounds(
    int unacknowledged, long unacknowledgedBytes, int pageRows, long pageBytes, long retryMillis) {
  public static MailboxBounds defaults() {
    return new MailboxBounds(8_192, 8L << 20, 1_024, 4L << 20, 500);
  }
}
