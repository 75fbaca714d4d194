package dev.aegis.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A durable message as it is stored, its envelope opened. Times are Unix milliseconds, 0 where the
/// moment has not come.
///
/// @param kind wire code
/// @param priority 0 critical to 3 low
/// @param guarantee wire code
/// @param retryCount attempts after the first
/// @param failureCount those of them that followed a failure, not the end of a session
/// @param retryAtMillis when the next attempt is due, 0 for at once
/// @param expiresAtMillis 0 for never
/// @param windowId the signing window that covers it, or null
/// @param leafIndex its leaf in the window, -1 without one
/// @param routedTo the address that its recipient is chosen by; null where its sender named it
public record StoredMessage(
    UUID id,
    String sender,
    String recipient,
    long mailboxEpoch,
    long sequence,
    int kind,
    int priority,
    int guarantee,
    String type,
    @Nullable String channel,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    byte[] envelope,
    MessageStatus status,
    @Nullable String reason,
    int retryCount,
    int failureCount,
    long retryAtMillis,
    long acceptedAtMillis,
    long expiresAtMillis,
    long deliveredAtMillis,
    long processedAtMillis,
    @Nullable UUID windowId,
    int leafIndex,
    @Nullable String routedTo) {
  /// Whether its payload was removed for good: the envelope is empty then.
  public boolean erased() {
    return envelope.length == 0;
  }

  /// A message as it was accepted.
  static StoredMessage of(Accept accept) {
    return new StoredMessage(
        accept.id(),
        accept.sender(),
        accept.recipient(),
        accept.mailboxEpoch(),
        accept.sequence(),
        accept.kind(),
        accept.priority(),
        accept.guarantee(),
        accept.type(),
        accept.channel(),
        accept.conversation(),
        accept.correlation(),
        accept.envelope(),
        MessageStatus.PENDING,
        null,
        0,
        0,
        0,
        accept.acceptedAtMillis(),
        accept.expiresAtMillis(),
        0,
        0,
        accept.windowId(),
        accept.leafIndex(),
        accept.routedTo());
  }

  /// What it is after this change.
  StoredMessage after(RowState change) {
    return new StoredMessage(
        id,
        sender,
        recipient,
        mailboxEpoch,
        sequence,
        kind,
        priority,
        guarantee,
        type,
        channel,
        conversation,
        correlation,
        envelope,
        change.status,
        change.reason != null ? change.reason : reason,
        retryCount + change.retries,
        failureCount + change.failures,
        change.retryAtMillis,
        acceptedAtMillis,
        expiresAtMillis,
        deliveredAtMillis != 0 ? deliveredAtMillis : change.deliveredAtMillis,
        change.processedAtMillis,
        windowId,
        leafIndex,
        routedTo);
  }
}
