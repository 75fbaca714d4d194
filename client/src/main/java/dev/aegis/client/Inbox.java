package dev.aegis.client;

import dev.aegis.protocol.Control.Ack;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What this client knows of its mailbox: which sequences are being handled, which are finished but
/// not confirmed (a redelivery of those is answered, not handled again), and which acks wait to be
/// sent. Confined to the event loop.
final class Inbox {
  enum Arrival {
    NEW,
    HANDLING,
    FINISHED
  }

  private final Set<Long> handling = new HashSet<>();
  private final Set<Long> finished = new HashSet<>();
  private final List<Long> acks = new ArrayList<>();
  private final List<Long> taken = new ArrayList<>();
  private long epoch;

  /// A session began; in another epoch all numbers mean something else.
  void opened(long mailboxEpoch) {
    if (mailboxEpoch != epoch) {
      epoch = mailboxEpoch;
      handling.clear();
      finished.clear();
    }
    acks.clear(); // what was not confirmed is delivered again and then acknowledged again
    taken.clear();
  }

  long epoch() {
    return epoch;
  }

  Arrival arrived(long sequence, boolean tellTaken) {
    if (finished.contains(sequence)) {
      acks.add(sequence);
      return Arrival.FINISHED;
    }
    if (tellTaken) {
      taken.add(sequence);
    }
    return handling.add(sequence) ? Arrival.NEW : Arrival.HANDLING;
  }

  void finished(long mailboxEpoch, long sequence) {
    if (mailboxEpoch == epoch) {
      handling.remove(sequence);
      finished.add(sequence);
      acks.add(sequence);
    }
  }

  /// The handler failed: the message is settled by a nack.
  void failed(long sequence) {
    handling.remove(sequence);
  }

  void confirmed(SequenceRanges ranges) {
    for (int i = 0; i < ranges.count(); i++) {
      for (long s = ranges.first(i); s <= ranges.last(i); s++) {
        finished.remove(s);
      }
    }
  }

  /// The acks that wait, coalesced, or null.
  @Nullable Ack takeAcks() {
    return take(acks, Stage.PROCESSED);
  }

  @Nullable Ack takeTaken() {
    return take(taken, Stage.DELIVERED);
  }

  private @Nullable Ack take(List<Long> sequences, Stage stage) {
    if (sequences.isEmpty()) {
      return null;
    }
    Ack ack =
        new Ack(
            stage,
            epoch,
            SequenceRanges.of(sequences.stream().mapToLong(Long::longValue).toArray()));
    sequences.clear();
    return ack;
  }
}
