package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.protocol.SequenceRanges;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;

/// The durable messages that were taken and whose handlers have not ended, and when the gateway is
/// to be told again that they are being worked on. Confined to one thread; the clock comes in.
final class InHand {
  /// What nothing is due at.
  static final long NEVER = Long.MAX_VALUE;

  private final Map<Long, Entry> bySequence = new HashMap<>();

  private static final class Entry {
    final UUID id;
    final long everyNanos;
    long dueNanos;

    Entry(UUID id, long everyNanos, long dueNanos) {
      this.id = id;
      this.everyNanos = everyNanos;
      this.dueNanos = dueNanos;
    }
  }

  /// @param everyNanos between two signs of life
  void put(Processed message, long everyNanos, long nowNanos) {
    bySequence.put(message.sequence(), new Entry(message.id(), everyNanos, nowNanos + everyNanos));
  }

  boolean contains(Processed message) {
    Entry entry = bySequence.get(message.sequence());
    return entry != null && entry.id.equals(message.id());
  }

  /// @return whether it was in hand
  boolean remove(Processed message) {
    boolean known = contains(message);
    if (known) {
      bySequence.remove(message.sequence());
    }
    return known;
  }

  void removeAll(SequenceRanges ranges) {
    for (Iterator<Long> each = bySequence.keySet().iterator(); each.hasNext(); ) {
      if (ranges.contains(each.next())) {
        each.remove();
      }
    }
  }

  void clear() {
    bySequence.clear();
  }

  int size() {
    return bySequence.size();
  }

  /// Adds the messages whose sign of life is due, or soon would be, so that those taken one after
  /// the other go into one ack and not each into its own.
  ///
  /// @return nanoseconds until the next one is due, or [#NEVER]
  long renew(long nowNanos, SequenceSet due) {
    long wait = NEVER;
    for (Map.Entry<Long, Entry> each : bySequence.entrySet()) {
      Entry entry = each.getValue();
      if (entry.dueNanos - nowNanos <= entry.everyNanos / 4) {
        entry.dueNanos = nowNanos + entry.everyNanos;
        due.add(each.getKey());
      }
      wait = Math.min(wait, entry.dueNanos - nowNanos);
    }
    return wait;
  }
}
