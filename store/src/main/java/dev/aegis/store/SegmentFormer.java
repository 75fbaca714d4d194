package dev.aegis.store;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns waiting entries into the next segment: gives messages their positions and finds repeats.
/// Confined to the baton holder.
final class SegmentFormer {
  private final MailboxTable mailboxes;
  private final DedupeIndex dedupe;
  private final InstantSource clock;
  private long nextNumber;

  SegmentFormer(MailboxTable mailboxes, DedupeIndex dedupe, InstantSource clock, long nextNumber) {
    this.mailboxes = mailboxes;
    this.dedupe = dedupe;
    this.clock = clock;
    this.nextNumber = nextNumber;
  }

  /// Those entries of which only the rows can tell whether they are repeats. Ask before each
  /// segment.
  List<Accept> unsure(List<JournalEntry> entries) {
    dedupe.dropOldest();
    List<Accept> unsure = new ArrayList<>();
    for (JournalEntry entry : entries) {
      if (entry instanceof Accept accept
          && !accept.redriven()
          && !dedupe.tellsNew(accept.id())
          && known(accept, Map.of()) == null) {
        unsure.add(accept);
      }
    }
    return unsure;
  }

  /// @param rows what the rows have of the entries that memory was unsure of
  Segment form(List<JournalEntry> entries, Map<StoredIds.Key, DedupeIndex.Known> rows) {
    long now = clock.millis();
    List<JournalEntry> kept = new ArrayList<>(entries.size());
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> {
          if (place(accept, rows, now)) {
            kept.add(accept);
          }
        }
        case Progress progress -> kept.add(progress);
        case SignedWindow window -> kept.add(window);
      }
    }
    return new Segment(kept.isEmpty() ? Segment.UNNUMBERED : nextNumber++, entries, kept);
  }

  private boolean place(Accept accept, Map<StoredIds.Key, DedupeIndex.Known> rows, long now) {
    MailboxState mailbox = mailboxes.of(accept.recipient(), now);
    if (!accept.redriven()) {
      DedupeIndex.Known known = known(accept, rows);
      if (known != null) {
        Outcome outcome = known.digest() == accept.digest() ? Outcome.DUPLICATE : Outcome.CONFLICT;
        accept.place(outcome, mailbox.epoch(), known.sequence());
        return false;
      }
    }
    long sequence = mailbox.take();
    if (!accept.redriven()) {
      dedupe.add(
          accept.id(),
          mailboxes.ordinal(accept.sender()),
          mailboxes.ordinal(accept.recipient()),
          new DedupeIndex.Known(accept.digest(), sequence),
          nextNumber,
          now);
    }
    accept.place(Outcome.STORED, mailbox.epoch(), sequence);
    return true;
  }

  private DedupeIndex.@Nullable Known known(
      Accept accept, Map<StoredIds.Key, DedupeIndex.Known> rows) {
    DedupeIndex.Known known =
        dedupe.find(
            accept.id(), mailboxes.ordinal(accept.sender()), mailboxes.ordinal(accept.recipient()));
    return known != null || rows.isEmpty() ? known : rows.get(StoredIds.Key.of(accept));
  }

  /// Makes as if the segment had not been formed. Newest segment first.
  void undo(Segment segment) {
    for (JournalEntry entry : segment.kept) {
      if (entry instanceof Accept accept) {
        if (!accept.redriven()) {
          dedupe.remove(
              accept.id(),
              mailboxes.ordinal(accept.sender()),
              mailboxes.ordinal(accept.recipient()));
        }
        mailboxes.of(accept.recipient(), accept.mailboxEpoch()).giveBack(accept.sequence());
      }
    }
  }

  /// The number of the last segment formed.
  long lastNumber() {
    return nextNumber - 1;
  }
}
