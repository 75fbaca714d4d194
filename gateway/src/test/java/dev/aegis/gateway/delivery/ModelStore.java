package dev.aegis.gateway.delivery;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/// A store in a map that keeps what the real one promises: sequences ascend in commit order, and a
/// page shows everything committed before it is read.
final class ModelStore {
  static final long EPOCH = 7;

  final TreeMap<Long, OwedMessage> open = new TreeMap<>();
  private long next = 1;

  long nextSequence() {
    return next;
  }

  OwedMessage commit(String sender, Priority priority, int bytes, long expiresAtMillis) {
    long sequence = next++;
    OwedMessage message =
        new OwedMessage(
            new UUID(0, sequence),
            sender,
            EPOCH,
            sequence,
            priority,
            1,
            0,
            0,
            Message.RECEIPT_DELIVERED | Message.RECEIPT_PROCESSED,
            0,
            expiresAtMillis,
            EnvelopeCodec.encode(
                Message.builder(Kind.EVENT, new UUID(0, sequence), sender, "r", "t")
                    .payload(new byte[bytes])
                    .build()),
            Guarantee.AT_LEAST_ONCE);
    open.put(sequence, message);
    return message;
  }

  List<OwedMessage> page(Decision.LoadPage page) {
    List<OwedMessage> rows = new ArrayList<>();
    open.values().stream()
        .sorted(
            Comparator.comparingInt((OwedMessage m) -> m.priority().wire())
                .thenComparingLong(OwedMessage::sequence))
        .filter(m ->
            m.priority().wire() > page.priority().wire()
                || (m.priority() == page.priority() && m.sequence() > page.afterSequence()))
        .limit(page.limit())
        .forEach(rows::add);
    return rows;
  }

  void finish(SequenceRanges sequences) {
    for (int i = 0; i < sequences.count(); i++) {
      open.subMap(sequences.first(i), true, sequences.last(i), true).clear();
    }
  }

  void anotherAttempt(SequenceRanges sequences) {
    open.replaceAll((sequence, m) ->
        sequences.contains(sequence)
            ? new OwedMessage(
                m.id(),
                m.sender(),
                m.mailboxEpoch(),
                sequence,
                m.priority(),
                m.attempt() + 1,
                m.failures(),
                m.retryAtMillis(),
                m.flags(),
                m.acceptedAtMillis(),
                m.expiresAtMillis(),
                m.envelope(),
                m.guarantee())
            : m);
  }
}
