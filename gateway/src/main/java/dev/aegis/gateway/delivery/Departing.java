package dev.aegis.gateway.delivery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What was about to leave the mailbox when its agent logged in. It is kept back until the journal
/// has said whether it leaves, and then read once more, since what was read before may show it
/// either way.
final class Departing {
  /// Not decided yet.
  private final Set<Long> undecided = new HashSet<>();

  /// Those of them that a page or an announcement has shown.
  private final TreeMap<Long, InFlight> shown = new TreeMap<>();

  /// Decided and not shown before: what shows them may be older than that.
  private final Set<Long> decided = new HashSet<>();

  /// Shown, decided, and to be read.
  private final Set<Long> toRead = new HashSet<>();

  void begin(Collection<Long> sequences) {
    undecided.addAll(sequences);
  }

  /// Whether the message is undecided.
  boolean contains(long sequence) {
    return undecided.contains(sequence);
  }

  /// Whether the message is not to be delivered as it is shown.
  boolean concerns(long sequence) {
    return !(undecided.isEmpty() && decided.isEmpty())
        && (undecided.contains(sequence) || decided.contains(sequence));
  }

  /// A message that is concerned is shown.
  ///
  /// @return whether it is to be read now
  boolean show(InFlight item) {
    if (decided.remove(item.sequence)) {
      toRead.add(item.sequence);
      return true;
    }
    shown.put(item.sequence, item);
    return false;
  }

  /// The journal has decided.
  ///
  /// @return what is to be read now, or null
  @Nullable InFlight end(long sequence) {
    if (!undecided.remove(sequence)) {
      return null;
    }
    InFlight item = shown.remove(sequence);
    (item == null ? decided : toRead).add(sequence);
    return item;
  }

  /// Takes out what its agent has finished.
  List<InFlight> removeAll(long first, long last) {
    NavigableMap<Long, InFlight> range = shown.subMap(first, true, last, true);
    List<InFlight> removed = new ArrayList<>(range.values());
    range.clear();
    removed.forEach(item -> undecided.remove(item.sequence));
    return removed;
  }

  /// It was read, or ended otherwise.
  ///
  /// @return whether it was to be
  boolean read(long sequence) {
    return !toRead.isEmpty() && toRead.remove(sequence);
  }

  void clear() {
    undecided.clear();
    shown.clear();
    decided.clear();
    toRead.clear();
  }
}
