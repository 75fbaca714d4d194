package dev.aegis.gateway.delivery;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.UUID;

/// What has to be remembered of a message that its recipient has not finished: who waits for which
/// receipt, what it weighs, how often it was tried. Not its bytes.
final class InFlight {
  final UUID id;
  final String sender;
  final long sequence;
  final int sizeBytes;
  final int attempt;
  final int failures;
  final long acceptedAtMillis;
  final long expiresAtMillis;
  final Priority priority;
  final Guarantee guarantee;
  final RetryPolicy policy;

  /// While it is on its way: when its recipient must have said something.
  long ackByMillis;

  /// While it waits for its next attempt: when that is.
  long dueAtMillis;

  private final int flags;
  private boolean deliveredRecorded;

  InFlight(OwedMessage message, RetryPolicy policy) {
    this.id = message.id();
    this.sender = message.sender();
    this.sequence = message.sequence();
    this.sizeBytes = message.envelope().length;
    this.attempt = message.attempt();
    this.failures = message.failures();
    this.acceptedAtMillis = message.acceptedAtMillis();
    this.priority = message.priority();
    this.guarantee = message.guarantee();
    this.expiresAtMillis = message.expiresAtMillis();
    this.flags = message.flags();
    this.policy = policy;
  }

  /// How many sessions ended while it was on its way, before this one.
  int losses() {
    return attempt - 1 - failures;
  }

  /// True once, for a message whose sender asked for a receipt when it is delivered.
  boolean takeDelivered() {
    boolean owed = (flags & Message.RECEIPT_DELIVERED) != 0 && !deliveredRecorded;
    deliveredRecorded = true;
    return owed;
  }

  boolean wantsProcessed() {
    return (flags & Message.RECEIPT_PROCESSED) != 0;
  }
}
