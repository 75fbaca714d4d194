package dev.aegis.client;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.TopicName;
import java.util.UUID;

/// One message on its way out, encoded. `watched` when what becomes of it after it was stored is to
/// be told. Immutable but for what is confined to the event loop: `withdrawn`, nobody waits for it
/// any more, so that it need not be written; and `written`, at least once.
final class Item {
  /// The lowest class for which room is kept.
  static final Priority LEAST_URGENT = Priority.HIGH;

  /// Such a part of the queue and of the credit is only for what is urgent: it need not wait for
  /// what is not.
  static final int URGENT_SHARE = 8;

  final UUID id;
  final Priority priority;
  final boolean durable;
  final boolean watched;
  final boolean toTopic;
  final int payloadBytes;
  final byte[] envelope;
  final Sent sent;
  boolean withdrawn;
  boolean written;

  Item(Message message) {
    this.id = message.id();
    this.priority = message.priority();
    this.durable = message.guarantee().isDurable();
    this.watched = message.wants(Message.RECEIPT_PROCESSED);
    this.toTopic = TopicName.ofAddress(message.to()) != null;
    this.payloadBytes = message.payload().length;
    this.envelope = EnvelopeCodec.encode(message);
    this.sent = Sent.of(message.id());
  }

  /// Whether room is kept for it where others wait.
  boolean isUrgent() {
    return isUrgent(priority);
  }

  static boolean isUrgent(Priority priority) {
    return priority.compareTo(LEAST_URGENT) <= 0;
  }
}
