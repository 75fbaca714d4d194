package dev.aegis.gateway.delivery;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is on its way to the recipient and not acknowledged, within its bounds, and within what it
/// has asked for if it pulls. A message whose delivery several sessions did not survive is a
/// suspect: it travels alone.
final class Unacknowledged {
  private final MailboxBounds bounds;
  private final RetrySettings settings;
  private final TreeMap<Long, InFlight> messages = new TreeMap<>();
  private long bytes;

  /// Whether only what was asked for goes on its way.
  private boolean pulls;

  /// How much of that has not gone yet.
  private int wanted = Integer.MAX_VALUE;

  /// Not later than the first of their deadlines.
  private long earliestAckBy = Long.MAX_VALUE;

  /// A suspect is on its way.
  private boolean alone;

  /// A suspect waits until nothing else is on its way.
  private boolean waitsForEmpty;

  /// Something did not fit, and nothing was acknowledged since.
  private boolean waitsForAck;

  Unacknowledged(MailboxBounds bounds, RetrySettings settings) {
    this.bounds = bounds;
    this.settings = settings;
  }

  /// From now on only so many more go on their way, until the next call.
  void want(int count) {
    pulls = true;
    wanted = count;
    waitsForAck = false;
  }

  boolean pulls() {
    return pulls;
  }

  boolean hasRoom(int sizeBytes) {
    return wanted > 0
        && (messages.isEmpty()
            || (!alone
                && !waitsForEmpty
                && messages.size() < bounds.unacknowledged()
                && bytes + sizeBytes <= bounds.unacknowledgedBytes()));
  }

  /// Whether the message may go on its way now; a suspect only when nothing else is. What is turned
  /// away waits for an acknowledgement.
  boolean admits(OwedMessage message) {
    if (suspect(message) && !messages.isEmpty()) {
      waitsForEmpty = true;
      waitsForAck = true;
      return false;
    }
    boolean room = hasRoom(message.envelope().length);
    waitsForAck |= !room;
    return room;
  }

  /// How many more may be on their way.
  int room() {
    return Math.min(bounds.unacknowledged() - messages.size(), wanted);
  }

  /// How many messages are worth a read: none before a quarter of the bounds is free, or every
  /// single acknowledgement would cost a query.
  int roomForPage() {
    if (waitsForAck) {
      return 0;
    }
    int share = Math.max(1, Math.min(bounds.unacknowledged() / 4, wanted));
    boolean worthwhile =
        messages.isEmpty() || (room() >= share && bytes <= bounds.unacknowledgedBytes() / 4 * 3);
    return worthwhile && hasRoom(0) ? room() : 0;
  }

  void add(OwedMessage message, InFlight item, long nowMillis) {
    if (pulls) {
      wanted--;
    }
    alone = suspect(message);
    item.ackByMillis = nowMillis + item.policy.ackTimeoutMillis();
    earliestAckBy = Math.min(earliestAckBy, item.ackByMillis);
    messages.put(item.sequence, item);
    bytes += item.sizeBytes;
  }

  @Nullable InFlight remove(long sequence) {
    InFlight item = messages.remove(sequence);
    if (item != null) {
      left(item);
    }
    return item;
  }

  /// Takes those in the range out.
  List<InFlight> removeAll(long first, long last) {
    List<InFlight> removed = new ArrayList<>();
    Iterator<InFlight> each = messages.subMap(first, true, last, true).values().iterator();
    while (each.hasNext()) {
      InFlight item = each.next();
      each.remove();
      left(item);
      removed.add(item);
    }
    return removed;
  }

  /// The recipient has those in the range and works on them.
  ///
  /// @return those whose sender is to be told, each once
  List<InFlight> delivered(long first, long last, long nowMillis) {
    List<InFlight> told = new ArrayList<>();
    for (InFlight item : messages.subMap(first, true, last, true).values()) {
      item.ackByMillis = nowMillis + item.policy.ackTimeoutMillis();
      if (item.takeDelivered()) {
        told.add(item);
      }
    }
    return told;
  }

  /// Takes those out of which nothing was heard in time.
  List<InFlight> removeOverdue(long nowMillis) {
    List<InFlight> overdue = new ArrayList<>();
    long earliest = Long.MAX_VALUE;
    for (InFlight item : messages.values()) {
      if (item.ackByMillis <= nowMillis) {
        overdue.add(item);
      } else {
        earliest = Math.min(earliest, item.ackByMillis);
      }
    }
    earliestAckBy = earliest;
    overdue.forEach(item -> remove(item.sequence));
    return overdue;
  }

  /// Takes all of them out.
  List<InFlight> removeAll() {
    return removeAll(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /// Whether what is on its way has now been lost with one session too many.
  boolean isPoisoned() {
    return alone && messages.firstEntry().getValue().losses() + 1 >= settings.poisonAfter();
  }

  /// When [#removeOverdue] may have something.
  long earliestAckBy() {
    return earliestAckBy;
  }

  boolean contains(long sequence) {
    return messages.containsKey(sequence);
  }

  int size() {
    return messages.size();
  }

  private boolean suspect(OwedMessage message) {
    return message.losses() >= settings.suspectAfter();
  }

  private void left(InFlight item) {
    bytes -= item.sizeBytes;
    waitsForAck = false;
    if (messages.isEmpty()) {
      alone = false;
      waitsForEmpty = false;
      earliestAckBy = Long.MAX_VALUE;
    }
  }
}
