package dev.aegis.bench.chaos;

import dev.aegis.protocol.Guarantee;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// Holds what senders were promised against what handlers did, entry by entry in any order.
/// Confined to one thread.
final class Ledger {
  private final Map<UUID, Fate> fates = new HashMap<>();
  private final Map<Guarantee, Long> promised = new EnumMap<>(Guarantee.class);
  private final Map<Guarantee, Long> duplicates = new EnumMap<>(Guarantee.class);
  private final Map<Guarantee, Long> refused = new EnumMap<>(Guarantee.class);
  private long entries;
  private long kept;
  private long unpromised;
  private long corrupted;

  private static final class Fate {
    boolean promised;
    boolean handled;
  }

  /// What the ledger says.
  ///
  /// @param promisedByGuarantee messages whose sender had the receipt: stored
  /// @param handled those of them that a handler has finished, at least once
  /// @param unpromised handled, though their sender was killed before it knew, or gave up
  /// @param duplicates times a handler finished a message again
  /// @param refused for good, so never promised
  /// @param corrupted messages that reached a handler and were not what was sent
  record Verdict(
      Map<Guarantee, Long> promisedByGuarantee,
      long handled,
      long unpromised,
      Map<Guarantee, Long> duplicates,
      Map<Guarantee, Long> refused,
      long corrupted) {
    Verdict {
      promisedByGuarantee = Map.copyOf(promisedByGuarantee);
      duplicates = Map.copyOf(duplicates);
      refused = Map.copyOf(refused);
    }

    long promised() {
      return promisedByGuarantee.values().stream().mapToLong(Long::longValue).sum();
    }

    long lost() {
      return promised() - handled;
    }

    long duplicates(Guarantee guarantee) {
      return duplicates.getOrDefault(guarantee, 0L);
    }

    long refused(Guarantee guarantee) {
      return refused.getOrDefault(guarantee, 0L);
    }

    /// Whether every promise was kept.
    boolean isKept() {
      return lost() == 0
          && duplicates(Guarantee.EXACTLY_ONCE) == 0
          && refused(Guarantee.EXACTLY_ONCE) == 0
          && corrupted == 0;
    }
  }

  void add(Entry entry) {
    entries++;
    switch (entry.what()) {
      case PROMISED -> promised(entry);
      case HANDLED -> handled(entry);
      case CORRUPTED -> corrupted++;
      case REFUSED -> refused.merge(entry.guarantee(), 1L, Long::sum);
      case INTENDED, CONFIRMED -> {} // for the processes that wrote them
    }
  }

  private void promised(Entry entry) {
    Fate fate = fates.computeIfAbsent(entry.id(), _ -> new Fate());
    if (fate.promised) {
      return; // its sender was killed between two receipts of the same message
    }
    fate.promised = true;
    promised.merge(entry.guarantee(), 1L, Long::sum);
    if (fate.handled) {
      kept++;
      unpromised--;
    }
  }

  private void handled(Entry entry) {
    Fate fate = fates.computeIfAbsent(entry.id(), _ -> new Fate());
    if (fate.handled) {
      duplicates.merge(entry.guarantee(), 1L, Long::sum);
      return;
    }
    fate.handled = true;
    if (fate.promised) {
      kept++;
    } else {
      unpromised++;
    }
  }

  /// Changes whenever something has happened.
  long entries() {
    return entries;
  }

  Verdict verdict() {
    return new Verdict(promised, kept, unpromised, duplicates, refused, corrupted);
  }
}
