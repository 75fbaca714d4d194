package dev.aegis.gateway.delivery;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.util.UUID;

/// A stored message on its way to its recipient.
///
/// @param attempt which delivery this one would be, from 1
/// @param failures how many attempts before ended with a failure
/// @param retryAtMillis when this attempt is due by the mailbox's clock, 0 for at once
/// @param flags the sender's flags: which receipts it asked for
/// @param acceptedAtMillis wall time
/// @param expiresAtMillis by the mailbox's clock, 0 for never
/// @param envelope what the sender wrote, shared and never changed
/// @param guarantee durable; decides nothing here
public record OwedMessage(
    UUID id,
    String sender,
    long mailboxEpoch,
    long sequence,
    Priority priority,
    int attempt,
    int failures,
    long retryAtMillis,
    int flags,
    long acceptedAtMillis,
    long expiresAtMillis,
    byte[] envelope,
    Guarantee guarantee) {
  /// How many sessions ended while it was on its way.
  int losses() {
    return attempt - 1 - failures;
  }

  boolean expiredAt(long nowMillis) {
    return expiresAtMillis != 0 && expiresAtMillis <= nowMillis;
  }
}
