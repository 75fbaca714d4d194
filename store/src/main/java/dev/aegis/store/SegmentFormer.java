package dev.aegis.store;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

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

  Segment form(List<JournalEntry> entries) {
    long now = clock.millis();
    List<JournalEntry> kept = new ArrayList<>(entries.size());
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> {
          if (place(accept, now)) {
            kept.add(accept);
          }
        }
        case Progress progress -> kept.add(progress);
        case SignedWindow window -> kept.add(window);
      }
    }
    return new Segment(kept.isEmpty() ? Segment.UNNUMBERED : nextNumber++, entries, kept);
  }

  private boolean place(Accept accept, long now) {
    int sender = mailboxes.ordinal(accept.sender());
    int recipient = mailboxes.ordinal(accept.recipient());
    MailboxState mailbox = mailboxes.of(accept.recipient(), now);
    DedupeIndex.Known known = dedupe.find(accept.id(), sender, recipient);
    if (known != null && !accept.redriven()) {
      Outcome outcome = known.digest() == accept.digest() ? Outcome.DUPLICATE : Outcome.CONFLICT;
      accept.place(outcome, mailbox.epoch(), known.sequence());
      return false;
    }
    long sequence = mailbox.take();
    if (known == null) {
      dedupe.add(accept.id(), sender, recipient, accept.digest(), sequence, now);
    }
    accept.place(Outcome.STORED, mailbox.epoch(), sequence);
    return true;
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

  long evictions() {
    return dedupe.evictions();
  }
}
