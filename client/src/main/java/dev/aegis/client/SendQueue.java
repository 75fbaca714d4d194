package dev.aegis.client;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The messages of a client that are not settled: waiting to be written, or durable, written and
/// without their receipt. What has no receipt when a session ends is sent again in the next one, in
/// the same order and with the same id. Confined to the client's event loop.
final class SendQueue {
  /// One message on its way.
  static final class Item {
    final Message message;
    final byte[] envelope;
    final Sent sent;

    Item(Message message, Sent sent) {
      this.message = message;
      this.envelope = EnvelopeCodec.encode(message);
      this.sent = sent;
    }
  }

  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  private final Map<UUID, Item> unsettled = new LinkedHashMap<>();

  void add(Item item) {
    waiting.add(item);
  }

  @Nullable Item peek() {
    return waiting.peek();
  }

  /// Takes the first one, which is being written now.
  void written(Item item) {
    waiting.remove();
    boolean awaitsFailure = item.message.kind() == Kind.REQUEST;
    if (item.message.guarantee().isDurable() || awaitsFailure) {
      unsettled.put(item.message.id(), item);
    }
  }

  /// The message of an id that waits for receipts, or null.
  @Nullable Item find(UUID id) {
    return unsettled.get(id);
  }

  @Nullable Item settle(UUID id) {
    return unsettled.remove(id);
  }

  /// A session has ended: durable messages that were not accepted go back to the front, in order.
  void rewind() {
    ArrayDeque<Item> again = new ArrayDeque<>();
    unsettled
        .values()
        .removeIf(item -> {
          boolean resend = item.message.guarantee().isDurable() && !item.sent.accepted().isDone();
          if (resend) {
            again.add(item);
          }
          return resend;
        });
    while (!again.isEmpty()) {
      waiting.addFirst(again.removeLast());
    }
  }

  void failAll(AegisException why) {
    waiting.forEach(item -> item.sent.fail(why));
    unsettled.values().forEach(item -> item.sent.fail(why));
    waiting.clear();
    unsettled.clear();
  }

  int waitingMessages() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty()
        && unsettled.values().stream().allMatch(i -> i.sent.accepted().isDone());
  }
}
