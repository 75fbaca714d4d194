package dev.aegis.gateway.delivery;

import dev.aegis.protocol.SequenceRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Sequences that the recipient says it has finished although this session has not delivered them:
/// merged, bounded ranges. What goes beyond the bound is forgotten, which costs a redelivery.
final class AckedRanges {
  private final TreeMap<Long, Long> ranges = new TreeMap<>();
  private final int maxRanges;

  AckedRanges(int maxRanges) {
    this.maxRanges = maxRanges;
  }

  void add(long first, long last) {
    long from = first;
    long to = last;
    Map.Entry<Long, Long> below = ranges.floorEntry(from);
    if (below != null && below.getValue() >= from - 1) {
      from = below.getKey();
      to = Math.max(to, below.getValue());
    }
    Map.Entry<Long, Long> above = ranges.ceilingEntry(from);
    while (above != null && above.getKey() - 1 <= to) {
      to = Math.max(to, above.getValue());
      ranges.remove(above.getKey());
      above = ranges.ceilingEntry(from);
    }
    if (ranges.size() < maxRanges || ranges.containsKey(from)) {
      ranges.put(from, to);
    }
  }

  boolean contains(long sequence) {
    Map.Entry<Long, Long> below = ranges.floorEntry(sequence);
    return below != null && below.getValue() >= sequence;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  void clear() {
    ranges.clear();
  }

  /// What of it is at or below the limit, as ranges.
  SequenceRanges upTo(long limit) {
    List<Long> bounds = new ArrayList<>();
    for (Map.Entry<Long, Long> range : ranges.entrySet()) {
      if (range.getKey() > limit) {
        break;
      }
      bounds.add(range.getKey());
      bounds.add(Math.min(range.getValue(), limit));
    }
    return new SequenceRanges(bounds.stream().mapToLong(Long::longValue).toArray());
  }
}
