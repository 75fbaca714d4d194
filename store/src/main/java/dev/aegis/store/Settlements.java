package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Sees to it that a dead letter is settled once, redriven or discarded. The rows tell which are
/// dead letters still, except for what was settled by segments that are not rows yet: that is
/// remembered here, no more than the journal lets wait. Confined to the baton holder.
final class Settlements {
  private final LongSupplier projected;
  private final Map<RowState.Key, Long> segments = new HashMap<>();

  /// @param projected up to which segment the rows know what was settled
  Settlements(LongSupplier projected) {
    this.projected = projected;
  }

  /// The dead letter that the entry settles, or null.
  static RowState.@Nullable Key letter(JournalEntry entry) {
    return switch (entry) {
      case Accept accept -> accept.redrives();
      case Discard discard -> discard.letter();
      case Progress _, Release _, SignedWindow _ -> null;
    };
  }

  /// Which of the dead letters of the entries are so in the rows. Ask before each segment.
  ///
  /// @throws StoreException the database does not answer
  Set<RowState.Key> unsettled(JournalTable table, CommitRetry retry, List<JournalEntry> entries) {
    dropProjected();
    List<RowState.Key> letters = new ArrayList<>();
    for (JournalEntry entry : entries) {
      RowState.Key letter = letter(entry);
      if (letter != null) {
        letters.add(letter);
      }
    }
    return letters.isEmpty()
        ? Set.of()
        : retry.run(
            table, "look up dead letters", () -> DeadRows.unsettled(table.connection(), letters));
  }

  /// Forgets what is rows. Only before the rows are asked: what becomes rows after they answered
  /// has to be known here still.
  void dropProjected() {
    if (!segments.isEmpty()) {
      long upTo = projected.getAsLong();
      segments.values().removeIf(segment -> segment <= upTo);
    }
  }

  /// @return false if it is taken already
  boolean take(RowState.Key letter, long segment) {
    return segments.putIfAbsent(letter, segment) == null;
  }

  /// The segment that took it was refused after all.
  void giveBack(RowState.Key letter) {
    segments.remove(letter);
  }
}
