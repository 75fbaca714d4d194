package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Committed segments without rows, oldest first: what a reader lays over the rows it found, so
/// that it need not wait for newer ones. What was in the journal at one moment; immutable.
record Unwritten(List<Committed> segments) {
  /// Open rows of one moment.
  ///
  /// @param asOf the last segment they show
  record Rows(List<StoredMessage> messages, long asOf) {}

  /// Messages of a mailbox that rows do not show, by priority, then sequence.
  ///
  /// @param asOf the last segment that the rows show
  List<Accept> accepted(String recipient, long asOf, PageCursor after, int limit) {
    List<Accept> found = new ArrayList<>();
    for (int priority = Math.max(0, after.priority());
        priority < JournalSettings.CLASSES;
        priority++) {
      long behind = priority == after.priority() ? after.sequence() : 0;
      for (Committed segment : segments) {
        Committed.Share share = segment.segment() > asOf ? segment.share(recipient) : null;
        List<Accept> accepts = share == null ? List.of() : share.accepts(priority);
        if (accepts.isEmpty() || accepts.getLast().sequence() <= behind) {
          continue;
        }
        for (Accept accept : accepts) {
          if (accept.sequence() > behind) {
            found.add(accept);
            if (found.size() == limit) {
              return found;
            }
          }
        }
      }
    }
    return found;
  }

  /// Messages that rows do not show, whoever they are for.
  List<Accept> accepted(long asOf, Predicate<Accept> wanted) {
    List<Accept> found = new ArrayList<>();
    for (Committed segment : segments) {
      if (segment.segment() > asOf) {
        segment.accepts().stream().filter(wanted).forEach(found::add);
      }
    }
    return found;
  }

  /// Those of these rows and messages of one mailbox that are open, as they are by now, in no
  /// order.
  List<StoredMessage> current(String recipient, Rows rows, List<Accept> accepts) {
    Map<Long, StoredMessage> current = new HashMap<>();
    rows.messages().forEach(row -> current.put(row.sequence(), row));
    accepts.forEach(accept -> current.put(accept.sequence(), StoredMessage.of(accept)));
    Map<Long, RowState> changes = changes(recipient, rows.asOf(), current);
    changes.forEach((sequence, change) ->
        current.computeIfPresent(
            sequence, (_, message) -> change.status.open() ? message.after(change) : null));
    return new ArrayList<>(current.values());
  }

  private Map<Long, RowState> changes(
      String recipient, long asOf, Map<Long, StoredMessage> messages) {
    long first = Long.MAX_VALUE;
    long last = 0;
    for (long sequence : messages.keySet()) {
      first = Math.min(first, sequence);
      last = Math.max(last, sequence);
    }
    Map<Long, RowState> changes = new HashMap<>();
    for (Committed segment : segments) {
      Committed.Share share = segment.segment() > asOf ? segment.share(recipient) : null;
      if (share == null) {
        continue;
      }
      for (Committed.Effect effect : share.effects()) {
        if (effect.last() < first || effect.first() > last) {
          continue;
        }
        for (long sequence : effect.sequences()) {
          StoredMessage message = messages.get(sequence);
          if (message != null && message.mailboxEpoch() == effect.progress().mailboxEpoch()) {
            changes.computeIfAbsent(sequence, _ -> new RowState(null)).apply(effect.progress());
          }
        }
      }
    }
    return changes;
  }
}
