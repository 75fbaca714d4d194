package dev.aegis.client;

import dev.aegis.protocol.ClassQueues;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Stage;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The messages of a client that are not settled. Confined to the event loop.
///
/// Those that wait to be written and the durable ones without a receipt count against the budget.
/// What is durable and has no receipt when a session ends is sent again in the next one, in the
/// same order and with the same id. Of the rest only the futures are kept, and of those only so
/// many: a durable message beyond is no longer watched, which its stages say; a best-effort one is
/// beyond what the gateway could still refuse.
final class Outgoing {
  static final int MAX_WATCHED = 65_536;
  static final int MAX_REFUSABLE = 8_192;

  private final Budget budget;
  private final ClassQueues<Item> waiting = new ClassQueues<>();
  private final SequencedMap<UUID, Item> unaccepted = new LinkedHashMap<>();
  private final SequencedMap<UUID, Sent> watched = new LinkedHashMap<>();
  private final Refusable refusable = new Refusable(MAX_REFUSABLE);

  Outgoing(Budget budget) {
    this.budget = budget;
  }

  void add(Item item) {
    waiting.add(item.priority, item);
  }

  /// How many wait to be written.
  int waiting() {
    return waiting.size();
  }

  /// The next one to write, or null.
  ///
  /// @param urgent whether only the urgent ones are asked for
  @Nullable Item peek(boolean urgent) {
    Item next = next(urgent);
    while (next != null && next.withdrawn) {
      waiting.remove();
      budget.giveBack(next.envelope.length);
      next = next(urgent);
    }
    return next;
  }

  private @Nullable Item next(boolean urgent) {
    return urgent ? waiting.peek(Item.LEAST_URGENT) : waiting.peek();
  }

  /// The one that was shown last is being written.
  void written() {
    Item item = waiting.remove();
    item.written = true;
    if (item.durable) {
      unaccepted.put(item.id, item);
      return;
    }
    budget.giveBack(item.envelope.length);
    refusable.add(item.sent);
    item.sent.accepted().complete(null);
  }

  /// The one that was shown last cannot be sent at all.
  void unsendable(RefusedException why) {
    Item item = waiting.remove();
    budget.giveBack(item.envelope.length);
    item.sent.fail(why);
  }

  /// A stage of one message that was sent.
  void receipt(Control.Receipt receipt, UUID id) {
    Item open = unaccepted.get(id);
    if (open != null && open.toTopic && receipt.stage() != Stage.STORED) {
      return; // one subscriber's; that the gateway has it for all is yet to come
    }
    Sent sent = accepted(id, receipt);
    switch (receipt.stage()) {
      case STORED -> {}
      case DELIVERED -> {
        if (sent != null) {
          sent.delivered().complete(null);
        }
      }
      case PROCESSED -> {
        watched.remove(id);
        if (sent != null) {
          sent.delivered().complete(null);
          sent.processed().complete(null);
        }
      }
      case FAILED, EXPIRED, DEAD -> {
        watched.remove(id);
        if (sent != null) {
          sent.fail(ended(receipt));
        }
      }
    }
  }

  /// Why a message ended that was not processed.
  static RefusedException ended(Control.Receipt receipt) {
    ErrorCode code = ErrorCode.fromWire(receipt.code()).orElse(ErrorCode.HANDLER_FAILED);
    return new RefusedException(code, "the message ended as " + receipt.stage(), 0);
  }

  private @Nullable Sent accepted(UUID id, Control.Receipt receipt) {
    Item item = unaccepted.remove(id);
    if (item == null) {
      return watched.get(id);
    }
    budget.giveBack(item.envelope.length);
    if (item.watched) {
      watched.put(id, item.sent);
      if (watched.size() > MAX_WATCHED) {
        Sent oldest = watched.pollFirstEntry().getValue();
        oldest.fail(new OutcomeUnknownException("too many later messages are open"));
      }
    }
    switch (receipt.stage()) {
      case STORED, DELIVERED, PROCESSED -> item.sent.accepted().complete(null);
      case FAILED, EXPIRED, DEAD -> {}
    }
    return item.sent;
  }

  /// The gateway refused a message. One that it could not take because it is going away stays: it
  /// is sent again in the next session.
  ///
  /// @return whether its sender is told elsewhere, or need not be told
  boolean refused(UUID id, RefusedException why) {
    Item item = unaccepted.get(id);
    if (item != null) {
      if (why.code() != ErrorCode.SHUTTING_DOWN) {
        unaccepted.remove(id);
        budget.giveBack(item.envelope.length);
        item.sent.fail(why);
      }
      return true;
    }
    Sent sent = refusable.remove(id);
    if (sent != null) {
      sent.fail(why);
    }
    return false;
  }

  void sessionEnded() {
    ArrayDeque<Item> again = new ArrayDeque<>(unaccepted.values());
    unaccepted.clear();
    refusable.clear();
    while (!again.isEmpty()) {
      Item last = again.removeLast();
      waiting.addFirst(last.priority, last);
    }
  }

  void failAll(AegisException why) {
    sessionEnded();
    while (waiting.peek() != null) {
      Item item = waiting.remove();
      budget.giveBack(item.envelope.length);
      item.sent.fail(why);
    }
    watched.values().forEach(sent -> sent.fail(why));
    watched.clear();
  }

  /// Whether receipts are due that a caller may be waiting for.
  boolean awaitsReceipts() {
    return !unaccepted.isEmpty();
  }

  /// Nothing waits to be written or accepted.
  boolean isSettled() {
    return peek(false) == null && unaccepted.isEmpty();
  }
}
