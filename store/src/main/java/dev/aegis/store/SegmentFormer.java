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
          && !tellsNew(accept)
          && known(accept, Map.of()) == null) {
        unsure.add(accept);
      }
    }
    return unsure;
  }

  private boolean tellsNew(Accept accept) {
    MailboxState mailbox = mailboxes.find(accept.recipient());
    return (mailbox == null || mailbox.knowsSlice(IdSlices.of(accept.id())))
        && dedupe.tellsNew(accept.id());
  }

  /// @param rows what the rows have of the entries that memory was unsure of
  /// @param dead those of the dead letters to settle that are so in the rows
  Segment form(
      List<JournalEntry> entries,
      Map<StoredIds.Key, DedupeIndex.Known> rows,
      Set<RowState.Key> dead) {
    long now = clock.millis();
    List<JournalEntry> here = new ArrayList<>(entries.size());
    List<JournalEntry> kept = new ArrayList<>(entries.size());
    List<JournalEntry> moved = new ArrayList<>();
    List<Release> releases = new ArrayList<>();
    for (JournalEntry entry : entries) {
      if (entry instanceof Release release) {
        mailboxes.release(release.recipient(), true);
        releases.add(release);
        continue;
      }
      String recipient = recipient(entry);
      if (recipient != null && !mailboxes.owns(recipient)) {
        moved.add(entry);
        continue;
      }
      here.add(entry);
      boolean keep =
          switch (entry) {
            case Accept accept ->
                accept.redrives() == null ? place(accept, rows, now) : redrive(accept, dead, now);
            case Discard discard -> settle(discard, dead);
            case Progress _, SignedWindow _ -> true;
            case Release _ -> false;
          };
      if (keep) {
        kept.add(entry);
      }
    }
    long number = kept.isEmpty() ? Segment.UNNUMBERED : nextNumber++;
    return new Segment(number, here, kept, moved, releases);
  }

  private static @Nullable String recipient(JournalEntry entry) {
    return switch (entry) {
      case Accept accept -> accept.recipient();
      case Discard discard -> discard.recipient();
      case Progress progress -> progress.recipient();
      case Release release -> release.recipient();
      case SignedWindow _ -> null;
    };
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

  private boolean settle(Discard discard, Set<RowState.Key> dead) {
    boolean first = settles(discard.letter(), dead);
    discard.place(first ? Outcome.STORED : Outcome.SETTLED);
    return first;
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
    for (Release release : segment.releases) {
      mailboxes.release(release.recipient(), false);
    }
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
