package dev.aegis.bench.chaos;

import dev.aegis.protocol.Guarantee;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// Holds what senders were promised against what handlers did. The entries of one file come in
/// their order, those of different files in any. Confined to one thread.
final class Ledger {
  private final Map<UUID, Fate> fates = new HashMap<>();
  private final Map<Guarantee, Long> promised = new EnumMap<>(Guarantee.class);
  private final Map<Guarantee, Long> duplicates = new EnumMap<>(Guarantee.class);
  private final Map<Guarantee, Long> refused = new EnumMap<>(Guarantee.class);
  private long entries;
  private long kept;
  private long unpromised;
  private long corrupted;
  private long unallowed;

  /// How often a process began to write to each file.
  private final Map<Path, Integer> lives = new HashMap<>();

  private final Map<Mailbox, BitSet> confirmed = new HashMap<>();

  private record Mailbox(Path file, int agent, long epoch) {}

  private static final class Fate {
    boolean promised;
    boolean handled;

    /// Of the process that has handled it last.
    int life;
  }

  /// What the ledger says.
  ///
  /// @param promisedByGuarantee messages whose sender had the receipt: stored
  /// @param handled those of them that a handler has finished, at least once
  /// @param unpromised handled, though their sender was killed before it knew, or gave up
  /// @param duplicates times a handler finished a message again
  /// @param unallowed duplicates of at-least-once messages that no kill explains: by the same
  ///   process again, or after the gateway had confirmed the ack
  /// @param refused for good, so never promised
  /// @param corrupted messages that reached a handler and were not what was sent
  record Verdict(
      Map<Guarantee, Long> promisedByGuarantee,
      long handled,
      long unpromised,
      Map<Guarantee, Long> duplicates,
      long unallowed,
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
          && unallowed == 0
          && corrupted == 0;
    }
  }

  void add(Path file, Entry entry) {
    entries++;
    switch (entry.what()) {
      case PROMISED -> promised(entry);
      case HANDLED -> handled(file, entry);
      case BEGAN -> lives.merge(file, 1, Integer::sum);
      case CONFIRMED -> confirmed(file, entry);
      case CORRUPTED -> corrupted++;
      case REFUSED -> refused.merge(entry.guarantee(), 1L, Long::sum);
      case INTENDED -> {} // for the processes that write it
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

  private void confirmed(Path file, Entry entry) {
    confirmed
        .computeIfAbsent(new Mailbox(file, entry.agent(), entry.epoch()), _ -> new BitSet())
        .set(Math.toIntExact(entry.sequence()), Math.toIntExact(entry.last() + 1));
  }

  private void handled(Path file, Entry entry) {
    Fate fate = fates.computeIfAbsent(entry.id(), _ -> new Fate());
    int life = lives.getOrDefault(file, 0);
    boolean again = fate.handled;
    boolean sameLife = again && fate.life == life;
    fate.handled = true;
    fate.life = life;
    if (again) {
      duplicates.merge(entry.guarantee(), 1L, Long::sum);
      if (entry.guarantee() == Guarantee.AT_LEAST_ONCE && (sameLife || isConfirmed(file, entry))) {
        unallowed++;
      }
    } else if (fate.promised) {
      kept++;
    } else {
      unpromised++;
    }
  }

  private boolean isConfirmed(Path file, Entry entry) {
    BitSet sequences = confirmed.get(new Mailbox(file, entry.agent(), entry.epoch()));
    return sequences != null && sequences.get(Math.toIntExact(entry.sequence()));
  }

  /// Changes whenever something has happened.
  long entries() {
    return entries;
  }

  Verdict verdict() {
    return new Verdict(promised, kept, unpromised, duplicates, unallowed, refused, corrupted);
  }
}
