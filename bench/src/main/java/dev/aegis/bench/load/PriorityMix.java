package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Which class each message of a run has: a cycle in which every class comes as often as its weight
/// says, spread evenly. Immutable.
public final class PriorityMix {
  private static final int MAX_CYCLE = 10_000;

  private final List<Priority> cycle;

  private PriorityMix(List<Priority> cycle) {
    this.cycle = List.copyOf(cycle);
  }

  /// Nothing but this class.
  static PriorityMix only(Priority priority) {
    return new PriorityMix(List.of(priority));
  }

  /// Reads `normal`, or weights as in `critical:1,low:9`.
  ///
  /// @throws IllegalArgumentException with what is wrong and what is allowed
  public static PriorityMix parse(String text) {
    Map<Priority, Integer> weights = new EnumMap<>(Priority.class);
    for (String part : text.strip().split(",", -1)) {
      int colon = part.indexOf(':');
      String name = colon < 0 ? part : part.substring(0, colon);
      Priority priority =
          Priority.parse(name.strip())
              .orElseThrow(() -> wrong(text, "no class is called \"" + name.strip() + "\""));
      int weight = colon < 0 ? 1 : weight(text, part.substring(colon + 1).strip());
      if (weights.put(priority, weight) != null) {
        throw wrong(text, priority.label() + " is named twice");
      }
    }
    return new PriorityMix(spread(text, weights));
  }

  private static int weight(String text, String digits) {
    try {
      int weight = Integer.parseInt(digits);
      if (weight > 0) {
        return weight;
      }
    } catch (NumberFormatException e) {
      throw (IllegalArgumentException) wrong(text, "\"" + digits + "\" is no weight").initCause(e);
    }
    throw wrong(text, "a weight must be positive");
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException(
        "priority mix \"" + text + "\": " + why + "; write critical:1,high:2,normal:5,low:2");
  }

  /// Smooth weighted round robin: each turn the class that is furthest behind its share.
  private static List<Priority> spread(String text, Map<Priority, Integer> weights) {
    int divisor =
        weights.values().stream()
            .map(BigInteger::valueOf)
            .reduce(BigInteger.ZERO, BigInteger::gcd)
            .intValueExact();
    long total = weights.values().stream().mapToLong(weight -> weight / divisor).sum();
    if (total > MAX_CYCLE) {
      throw wrong(text, "the weights add up to more than " + MAX_CYCLE);
    }
    Map<Priority, Long> behind = new EnumMap<>(Priority.class);
    List<Priority> cycle = new ArrayList<>();
    while (cycle.size() < total) {
      weights.forEach(
          (priority, weight) -> behind.merge(priority, weight / divisor + 0L, Long::sum));
      Priority next =
          behind.entrySet().stream()
              .max(Map.Entry.comparingByValue())
              .map(Map.Entry::getKey)
              .orElseThrow();
      behind.merge(next, -total, Long::sum);
      cycle.add(next);
    }
    return cycle;
  }

  Priority at(long message) {
    return cycle.get((int) (message % cycle.size()));
  }

  /// The part of all messages that has this class.
  double share(Priority priority) {
    return (double) Collections.frequency(cycle, priority) / cycle.size();
  }

  /// The classes that occur, most urgent first.
  List<Priority> classes() {
    return cycle.stream().distinct().sorted().toList();
  }
}
