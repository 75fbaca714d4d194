package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.protocol.SequenceRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The finished messages of one mailbox epoch: those not yet confirmed with their ids, and all of
/// them as ranges. Confined to one thread.
///
/// A message of a new epoch ends the old one: the gateway makes an epoch only for a mailbox that it
/// has no record of, so the old numbers mean nothing any more.
final class FinishedMessages {
  /// Beyond, the highest ranges are forgotten, so that the cursor may stay lower than it could be.
  private static final int MAX_SETTLED_RANGES = 4_096;

  private final TreeMap<Long, UUID> unconfirmed = new TreeMap<>();
  private final SequenceSet settled = new SequenceSet();
  private long epoch;

  void restore(Remembered remembered) {
    moveTo(remembered.mailboxEpoch());
    settled.add(remembered.settled());
    for (Processed message : remembered.unconfirmed()) {
      add(message.sequence(), message.id());
    }
  }

  long epoch() {
    return epoch;
  }

  void moveTo(long newEpoch) {
    if (newEpoch != epoch) {
      epoch = newEpoch;
      unconfirmed.clear();
      settled.clear();
    }
  }

  /// The mailbox has gone back to an earlier state: places from here on are given out again. What
  /// is unconfirmed is told apart by its id.
  void reopenFrom(long sequence) {
    settled.removeFrom(sequence);
  }

  /// As [#reopenFrom], and forgets what is unconfirmed there.
  void forgetFrom(long sequence) {
    reopenFrom(sequence);
    unconfirmed.tailMap(sequence, true).clear();
  }

  void add(long sequence, UUID id) {
    unconfirmed.put(sequence, id);
    settled.add(sequence);
    settled.trim(MAX_SETTLED_RANGES);
  }

  /// The id of the unconfirmed message at this place, or null.
  @Nullable UUID at(long sequence) {
    return unconfirmed.get(sequence);
  }

  /// These are over: their acks are on disk at the gateway, or they will never come.
  void settle(SequenceRanges ranges) {
    settled.add(ranges);
    settled.trim(MAX_SETTLED_RANGES);
    for (int i = 0; i < ranges.count(); i++) {
      unconfirmed.subMap(ranges.first(i), true, ranges.last(i), true).clear();
    }
  }

  NavigableMap<Long, UUID> unconfirmed() {
    return unconfirmed;
  }

  /// Every sequence up to and including it is finished.
  long cursor() {
    return settled.contiguousUpTo();
  }

  long highest() {
    return settled.highest();
  }

  Remembered remembered() {
    List<Processed> messages = new ArrayList<>(unconfirmed.size());
    unconfirmed.forEach((sequence, id) -> messages.add(new Processed(epoch, sequence, id)));
    return new Remembered(epoch, settled.ranges(), messages);
  }
}
