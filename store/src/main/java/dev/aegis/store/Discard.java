package dev.aegis.store;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A dead letter is not wanted any more. The journal fills in the outcome when it forms the
/// segment; it is readable in the listener's calls, not before.
public final class Discard implements JournalEntry {
  private static final int OVERHEAD = 48;

  private final RowState.Key letter;
  private final long atMillis;
  private final @Nullable Object origin;
  private @Nullable Outcome outcome;

  /// @param mailboxEpoch with `sequence`, where the message died
  /// @param origin whatever the caller attaches; not stored
  public Discard(
      String recipient, long mailboxEpoch, long sequence, long atMillis, @Nullable Object origin) {
    this.letter = new RowState.Key(Objects.requireNonNull(recipient), mailboxEpoch, sequence);
    this.atMillis = atMillis;
    this.origin = origin;
  }

  RowState.Key letter() {
    return letter;
  }

  public String recipient() {
    return letter.recipient();
  }

  public long mailboxEpoch() {
    return letter.epoch();
  }

  public long sequence() {
    return letter.sequence();
  }

  public long atMillis() {
    return atMillis;
  }

  /// Whatever the caller attached; not stored.
  public @Nullable Object origin() {
    return origin;
  }

  /// [Outcome#STORED], or [Outcome#SETTLED] where its row does not say dead, or not any more.
  ///
  /// @throws IllegalStateException before the segment is formed
  public Outcome outcome() {
    Outcome known = outcome;
    if (known == null) {
      throw new IllegalStateException("no segment holds this entry yet");
    }
    return known;
  }

  void place(Outcome outcome) {
    this.outcome = outcome;
  }

  /// An admin waits for it, and it takes little room: it goes first.
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public int size() {
    return OVERHEAD + letter.recipient().length();
  }
}
