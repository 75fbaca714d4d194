package dev.aegis.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Brings the mailboxes in memory up to a committed segment, in commit order, and says what the
/// rows need. Under the release lock, or in recovery.
final class CommitApplier {
  private final MailboxTable mailboxes;

  CommitApplier(MailboxTable mailboxes) {
    this.mailboxes = mailboxes;
  }

  Committed apply(long segment, List<JournalEntry> kept, long nowNanos) {
    List<Accept> accepts = new ArrayList<>();
    List<Committed.Effect> effects = new ArrayList<>();
    List<Discard> discards = new ArrayList<>();
    List<SignedWindow> windows = new ArrayList<>();
    long bytes = 0;
    for (JournalEntry entry : kept) {
      bytes += entry.size();
      switch (entry) {
        case Accept accept -> {
          mailboxes
              .of(accept.recipient(), accept.mailboxEpoch())
              .opened(accept.sequence(), accept.envelope().length);
          accepts.add(accept);
        }
        case Progress progress -> {
          long[] sequences = open(progress);
          if (progress.origin() instanceof Progress.Watcher watcher) {
            watcher.counted(sequences.length);
          }
          if (sequences.length > 0) {
            effects.add(new Committed.Effect(progress, sequences));
          }
        }
        case Discard discard -> discards.add(discard);
        case SignedWindow window -> windows.add(window);
        case Release _ -> throw new IllegalArgumentException("a release is not stored");
      }
    }
    return new Committed(segment, accepts, effects, discards, windows, bytes, nowNanos);
  }

  private long[] open(Progress progress) {
    MailboxState mailbox = mailboxes.find(progress.recipient());
    if (mailbox == null || mailbox.epoch() != progress.mailboxEpoch()) {
      return new long[0];
    }
    Sequences found = new Sequences();
    long[] ranges = progress.ranges();
    for (int i = 0; i < ranges.length; i += 2) {
      mailbox.visit(ranges[i], ranges[i + 1], !progress.status().open(), found);
    }
    return found.toArray();
  }

  private static final class Sequences implements MailboxState.OpenMessage {
    private long[] values = new long[4];
    private int count;

    @Override
    public void at(long sequence) {
      if (count == values.length) {
        values = Arrays.copyOf(values, count * 2);
      }
      values[count++] = sequence;
    }

    long[] toArray() {
      return Arrays.copyOf(values, count);
    }
  }
}
