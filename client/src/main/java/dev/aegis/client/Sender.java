package dev.aegis.client;

import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.Uuid7;
import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Consumer;

/// Makes messages of what an application, or a handler's answer, asks to send, and hands them to
/// the event loop within the budget. Thread-safe.
final class Sender {
  private final String agentId;
  private final ClientOptions options;
  private final Budget budget;
  private final Uuid7 ids;
  private final InstantSource clock;
  private final Consumer<Item> loop;

  /// @param loop takes an item, or throws the [AegisException] that says why there is no more
  ///   sending
  Sender(
      ClientOptions options, Budget budget, Uuid7 ids, InstantSource clock, Consumer<Item> loop) {
    this.agentId = options.agentId();
    this.options = options;
    this.budget = budget;
    this.ids = ids;
    this.clock = clock;
    this.loop = loop;
  }

  /// @param watched whether what becomes of it after it was stored is to be told
  Item item(Kind kind, OutgoingMessage m, boolean watched) {
    return item(kind, ids.next(), clock.millis(), m, watched);
  }

  /// The same, under an id and of a time chosen before.
  ///
  /// @throws QueueFullException the budget is used up already
  Item item(Kind kind, UUID id, long timestampMillis, OutgoingMessage m, boolean watched) {
    if (budget.isUsedUp(Item.isUrgent(m.priority()))) {
      throw queueFull(); // before the work of encoding it
    }
    // A message to a topic has many ends: only its beginning is told.
    boolean told = watched && TopicName.ofAddress(m.to()) == null;
    int flags =
        m.guarantee().isDurable()
            ? Message.RECEIPT_STORED
                | (told ? Message.RECEIPT_DELIVERED | Message.RECEIPT_PROCESSED : 0)
            : 0;
    return new Item(
        Message.builder(kind, id, agentId, m.to(), m.type())
            .priority(m.priority())
            .guarantee(m.guarantee())
            .ttlMillis(m.ttl().toMillis())
            .flags(flags)
            .hops(m.hops())
            .channel(m.channel())
            .conversation(m.conversation())
            .correlation(m.correlation())
            .timestampMillis(timestampMillis)
            .contentType(m.contentType())
            .metadata(m.metadata())
            .payload(m.payload())
            .build());
  }

  private QueueFullException queueFull() {
    return new QueueFullException(
        "as much waits to be sent as may: "
            + options.maxQueuedMessages()
            + " messages or "
            + options.maxQueuedBytes()
            + " bytes");
  }

  /// @throws QueueFullException the budget is used up
  void send(Item item) {
    if (!budget.take(item.envelope.length, item.isUrgent())) {
      throw queueFull();
    }
    try {
      loop.accept(item);
    } catch (AegisException e) {
      budget.giveBack(item.envelope.length);
      throw e;
    }
  }
}
