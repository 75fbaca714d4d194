package dev.aegis.client;

import dev.aegis.protocol.SequenceRanges;
import java.util.Map;
import java.util.TreeMap;

/// A set of sequences kept as disjoint ranges, so that what is contiguous costs nothing. Confined
/// to one thread.
final class SequenceSet {
  private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

  void add(long sequence) {
    add(sequence, sequence);
  }

  void add(long first, long last) {
    long from = first;
    long to = last;
    Map.Entry<Long, Long> before = lastByFirst.floorEntry(first);
    if (before != null && before.getValue() >= first - 1) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    for (Map.Entry<Long, Long> next = lastByFirst.higherEntry(from);
        next != null && next.getKey() - 1 <= to;
        next = lastByFirst.higherEntry(from)) {
      to = Math.max(to, next.getValue());
      lastByFirst.remove(next.getKey());
    }
    lastByFirst.put(from, to);
  }

  void add(SequenceRanges ranges) {
    for (int i = 0; i < ranges.count(); i++) {
      add(ranges.first(i), ranges.last(i));
    }
  }

  boolean isEmpty() {
    return lastByFirst.isEmpty();
  }

  int rangeCount() {
    return lastByFirst.size();
  }

  void clear() {
    lastByFirst.clear();
  }

  /// Forgets the highest ranges until `max` are left.
  void trim(int max) {
    while (lastByFirst.size() > max) {
      lastByFirst.pollLastEntry();
    }
  }

  void removeFrom(long sequence) {
    lastByFirst.tailMap(sequence, true).clear();
    Map.Entry<Long, Long> before = lastByFirst.lastEntry();
    if (before != null && before.getValue() >= sequence) {
      lastByFirst.put(before.getKey(), sequence - 1);
    }
  }

  /// The sequence up to which nothing is missing, 0 if 1 is.
  long contiguousUpTo() {
    Map.Entry<Long, Long> first = lastByFirst.firstEntry();
    return first == null || first.getKey() > 1 ? 0 : first.getValue();
  }

  /// The highest sequence, 0 if there is none.
  long highest() {
    Map.Entry<Long, Long> last = lastByFirst.lastEntry();
    return last == null ? 0 : last.getValue();
  }

  SequenceRanges ranges() {
    return taken(lastByFirst.size(), false);
  }

  /// Takes up to `max` ranges out, the lowest first.
  SequenceRanges take(int max) {
    return taken(Math.min(max, lastByFirst.size()), true);
  }

  private SequenceRanges taken(int count, boolean remove) {
    long[] bounds = new long[2 * count];
    var each = lastByFirst.entrySet().iterator();
    for (int i = 0; i < count; i++) {
      Map.Entry<Long, Long> range = each.next();
      bounds[2 * i] = range.getKey();
      bounds[2 * i + 1] = range.getValue();
      if (remove) {
        each.remove();
      }
    }
    return new SequenceRanges(bounds);
  }
}
