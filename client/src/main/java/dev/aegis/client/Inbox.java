package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.protocol.Control.Ack;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import org.jspecify.annotations.Nullable;

/// What this client knows of its mailbox: which messages are being handled, which are finished but
/// not confirmed (a redelivery of those is answered, not handled again), and which acks wait to be
/// sent. Confined to the event loop.
final class Inbox {
  /// Messages in hand or finished and not confirmed; beyond, no more are taken. A gateway sends far
  /// fewer before it waits for acks.
  static final int MAX_REMEMBERED = 65_536;

  /// Of one ack envelope.
  private static final int MAX_ACK_RANGES = 1_024;

  enum Arrival {
    NEW,
    HANDLING,
    FINISHED,
    NO_ROOM
  }

  private final InHand handling = new InHand();
  private final FinishedMessages finished = new FinishedMessages();
  private final SequenceSet acks = new SequenceSet();
  private final SequenceSet taken = new SequenceSet();
  private long highest;

  Inbox(Remembered remembered) {
    finished.restore(remembered);
    highest = finished.highest();
  }

  /// A session began. What was finished and not confirmed is acknowledged again, delivered or not:
  /// the gateway may have missed the ack, or this client the confirmation.
  ///
  /// @return whether the mailbox has gone back, so that its places say nothing any more
  boolean opened(long mailboxEpoch, long nextSequence) {
    acks.clear();
    taken.clear();
    boolean rewound = false;
    if (mailboxEpoch != 0) { // 0: not used yet; the first delivery tells
      moveTo(mailboxEpoch);
      if (nextSequence <= highest) {
        finished.reopenFrom(nextSequence);
        highest = nextSequence - 1;
        rewound = true;
      }
      finished.unconfirmed().headMap(nextSequence, false).keySet().forEach(acks::add);
    }
    return rewound;
  }

  private void moveTo(long mailboxEpoch) {
    if (mailboxEpoch != finished.epoch()) {
      finished.moveTo(mailboxEpoch);
      handling.clear();
      acks.clear();
      taken.clear();
      highest = 0;
    }
  }

  long epoch() {
    return finished.epoch();
  }

  /// Every sequence up to and including it is finished.
  long cursor() {
    return finished.cursor();
  }

  /// @param everyNanos how often the gateway is to hear that the message is worked on
  Arrival arrived(Processed message, boolean tellTaken, long everyNanos, long nowNanos) {
    moveTo(message.mailboxEpoch());
    long sequence = message.sequence();
    if (message.id().equals(finished.at(sequence))) {
      finished.add(sequence, message.id()); // its place may have been reopened
      acks.add(sequence);
      return Arrival.FINISHED;
    }
    boolean known = handling.contains(message);
    if (!known && !hasRoom(1)) {
      return Arrival.NO_ROOM;
    }
    if (tellTaken) {
      taken.add(sequence);
    }
    highest = Math.max(highest, sequence);
    handling.put(message, everyNanos, nowNanos);
    return known ? Arrival.HANDLING : Arrival.NEW;
  }

  boolean hasRoom(int messages) {
    return handling.size() + finished.unconfirmed().size() + messages <= MAX_REMEMBERED;
  }

  /// The message is finished, and remembered as durably as the log does.
  void finished(Processed message) {
    if (message.mailboxEpoch() == epoch() && handling.remove(message)) {
      finished.add(message.sequence(), message.id());
      acks.add(message.sequence());
    }
  }

  /// The handler failed: true when the message is to be settled by a nack.
  boolean failed(Processed message) {
    return message.mailboxEpoch() == epoch() && handling.remove(message);
  }

  /// Whether these are this mailbox's, and forgotten now.
  boolean confirmed(long mailboxEpoch, SequenceRanges ranges) {
    if (mailboxEpoch != epoch()) {
      return false;
    }
    finished.settle(ranges);
    return true;
  }

  /// These will not come, or not again: they count as finished, and need no ack.
  void gap(long mailboxEpoch, SequenceRanges ranges) {
    moveTo(mailboxEpoch);
    handling.removeAll(ranges);
    finished.settle(ranges);
    highest = Math.max(highest, finished.highest());
  }

  /// Whether a handler's outcome for this message still matters.
  boolean isHandling(Processed message) {
    return message.mailboxEpoch() == epoch() && handling.contains(message);
  }

  /// Has the gateway told again of the messages that are still worked on, where that is due.
  ///
  /// @return nanoseconds until it is due again, or [InHand#NEVER]
  long renew(long nowNanos) {
    return handling.renew(nowNanos, taken);
  }

  boolean hasAcks() {
    return !acks.isEmpty() || !taken.isEmpty();
  }

  /// The next ack to send, coalesced, or null.
  @Nullable Ack takeAck() {
    if (!taken.isEmpty()) {
      return new Ack(Stage.DELIVERED, epoch(), taken.take(MAX_ACK_RANGES));
    }
    if (!acks.isEmpty()) {
      return new Ack(Stage.PROCESSED, epoch(), acks.take(MAX_ACK_RANGES));
    }
    return null;
  }
}
