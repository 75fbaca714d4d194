package dev.aegis.gateway.delivery;

import dev.aegis.protocol.Priority;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Messages of one mailbox that were committed and wait in memory for room, in order by class: what
/// would else have to be read from the store. Bounded by the mailbox's own bytes and by what all
/// mailboxes share; beyond, it takes nothing.
final class Held {
  private final long limit;
  private final HeldBytes shared;
  private final List<ArrayDeque<OwedMessage>> classes = new ArrayList<>();
  private long bytes;

  Held(long limit, HeldBytes shared) {
    this.limit = limit;
    this.shared = shared;
    for (Priority _ : Priority.values()) {
      classes.add(new ArrayDeque<>());
    }
  }

  boolean offer(OwedMessage message) {
    int size = message.envelope().length;
    if (bytes + size > limit || !shared.take(size)) {
      return false;
    }
    bytes += size;
    classes.get(message.priority().wire()).add(message);
    return true;
  }

  boolean isEmpty(Priority priority) {
    return classes.get(priority.wire()).isEmpty();
  }

  /// The most urgent, or null.
  @Nullable OwedMessage peek() {
    for (ArrayDeque<OwedMessage> waiting : classes) {
      if (!waiting.isEmpty()) {
        return waiting.peek();
      }
    }
    return null;
  }

  /// Takes out what [#peek] shows.
  void remove(OwedMessage first) {
    classes.get(first.priority().wire()).remove();
    left(first);
  }

  /// Takes the message out, wherever it waits; false if it does not.
  boolean removeAnywhere(OwedMessage message) {
    Iterator<OwedMessage> each = classes.get(message.priority().wire()).iterator();
    while (each.hasNext()) {
      OwedMessage next = each.next();
      if (next.sequence() == message.sequence()) {
        each.remove();
        left(next);
        return true;
      }
    }
    return false;
  }

  void clear() {
    classes.forEach(ArrayDeque::clear);
    shared.giveBack(bytes);
    bytes = 0;
  }

  private void left(OwedMessage message) {
    int size = message.envelope().length;
    bytes -= size;
    shared.giveBack(size);
  }
}
