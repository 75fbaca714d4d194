package dev.aegis.store;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Messages of one mailbox that came to another status.
///
/// `ranges` are pairs of first and last sequence, both included; the array is the store's from here
/// on. [MessageStatus#PENDING] means one more attempt: it counts up the attempts, and the failures
/// where there is a reason. What is finished already, or unknown, is passed over.
///
/// @param reason a short constant code, such as `expired` or `handler-failed`, or null
/// @param retryAtMillis when the next attempt is due, 0 for at once
/// @param origin whatever the caller attached; not stored
public record Progress(
    String recipient,
    long mailboxEpoch,
    long[] ranges,
    MessageStatus status,
    @Nullable String reason,
    long atMillis,
    long retryAtMillis,
    @Nullable Object origin)
    implements JournalEntry {
  private static final int OVERHEAD = 48;

  /// An origin that has to know whether the progress counted: it does not where the message was
  /// finished, or somebody else's, before.
  public interface Watcher {
    /// Called before the listener hears of the commit, on the same thread; must not block.
    ///
    /// @param messages how many were open
    void counted(int messages);
  }

  public Progress {
    Objects.requireNonNull(recipient);
    Objects.requireNonNull(status);
    if (ranges.length == 0 || ranges.length % 2 != 0) {
      throw new IllegalArgumentException("ranges must be pairs, at least one");
    }
    long after = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] <= after || ranges[i + 1] < ranges[i]) {
        throw new IllegalArgumentException("ranges must be positive, ascending and apart");
      }
      after = ranges[i + 1];
    }
  }

  /// One sequence.
  public static Progress of(
      String recipient,
      long mailboxEpoch,
      long sequence,
      MessageStatus status,
      @Nullable String reason,
      long atMillis,
      @Nullable Object origin) {
    return new Progress(
        recipient,
        mailboxEpoch,
        new long[] {sequence, sequence},
        status,
        reason,
        atMillis,
        0,
        origin);
  }

  /// Progress frees memory and ends waiting: it goes first.
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public int size() {
    return OVERHEAD + recipient.length() + ranges.length * Long.BYTES;
  }
}
