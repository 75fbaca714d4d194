package dev.aegis.store;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns waiting entries into the next segment: gives messages their positions, finds repeats and
/// lets each dead letter be settled once. Confined to the baton holder.
final class SegmentFormer {
  private final MailboxTable mailboxes;
  private final DedupeIndex dedupe;
  private final Settlements settlements;
  private final InstantSource clock;
  private long nextNumber;

  SegmentFormer(
      MailboxTable mailboxes,
      DedupeIndex dedupe,
      Settlements settlements,
      InstantSource clock,
      long nextNumber) {
    this.mailboxes = mailboxes;
    this.dedupe = dedupe;
    this.settlements = settlements;
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
          && accept.redrives() == null
          && !dedupe.tellsNew(accept.id())
          && known(accept, Map.of()) == null) {
        unsure.add(accept);
      }
    }
    return unsure;
  }

  /// @param rows what the rows have of the entries that memory was unsure of
  /// @param dead those of the dead letters to settle that are so in the rows
  Segment form(
      List<JournalEntry> entries,
      Map<StoredIds.Key, DedupeIndex.Known> rows,
      Set<RowState.Key> dead) {
    long now = clock.millis();
    List<JournalEntry> kept = new ArrayList<>(entries.size());
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> {
          if (accept.redrives() == null ? place(accept, rows, now) : redrive(accept, dead, now)) {
            kept.add(accept);
          }
        }
        case Discard discard -> {
          boolean first = settles(discard.letter(), dead);
          discard.place(first ? Outcome.STORED : Outcome.SETTLED);
          if (first) {
            kept.add(discard);
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
    DedupeIndex.Known known = known(accept, rows);
    if (known != null) {
      Outcome outcome = known.digest() == accept.digest() ? Outcome.DUPLICATE : Outcome.CONFLICT;
      accept.place(outcome, mailbox.epoch(), known.sequence());
      return false;
    }
    long sequence = mailbox.take();
    dedupe.add(
        accept.id(),
        mailboxes.ordinal(accept.sender()),
        mailboxes.ordinal(accept.recipient()),
        new DedupeIndex.Known(accept.digest(), sequence),
        nextNumber,
        now);
    accept.place(Outcome.STORED, mailbox.epoch(), sequence);
    return true;
  }

  private boolean redrive(Accept accept, Set<RowState.Key> dead, long now) {
    RowState.Key letter = Objects.requireNonNull(accept.redrives());
    if (!settles(letter, dead)) {
      accept.place(Outcome.SETTLED, letter.epoch(), letter.sequence());
      return false;
    }
    MailboxState mailbox = mailboxes.of(accept.recipient(), now);
    accept.place(Outcome.STORED, mailbox.epoch(), mailbox.take());
    return true;
  }

  private boolean settles(RowState.Key letter, Set<RowState.Key> dead) {
    return dead.contains(letter) && settlements.take(letter, nextNumber);
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
      RowState.Key letter = Settlements.letter(entry);
      if (letter != null) {
        settlements.giveBack(letter);
      }
      if (entry instanceof Accept accept) {
        if (letter == null) {
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
