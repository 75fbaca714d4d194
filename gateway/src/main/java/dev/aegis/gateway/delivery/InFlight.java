package dev.aegis.gateway.delivery;

import dev.aegis.protocol.Message;
import java.util.UUID;

/// What has to be remembered of a delivered message until its recipient has finished it: who waits
/// for which receipt, and what it weighs. Not its bytes.
final class InFlight {
  final UUID id;
  final String sender;
  final long sequence;
  final int sizeBytes;
  private final int flags;
  private boolean deliveredRecorded;

  InFlight(OwedMessage message) {
    this.id = message.id();
    this.sender = message.sender();
    this.sequence = message.sequence();
    this.sizeBytes = message.envelope().length;
    this.flags = message.flags();
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
