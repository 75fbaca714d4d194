package dev.aegis.store.statistics;

import java.util.Comparator;

/// What messages are counted by: who sent them, to whom, of which type, in which hour. It has an
/// order, so that a hash table of names that somebody chose to collide stays fast.
///
/// @param hour since 1970, UTC
public record Flow(int hour, String sender, String recipient, String type)
    implements Comparable<Flow> {
  private static final Comparator<Flow> ORDER =
      Comparator.comparingInt(Flow::hour)
          .thenComparing(Flow::recipient)
          .thenComparing(Flow::sender)
          .thenComparing(Flow::type);

  @Override
  public int compareTo(Flow other) {
    return ORDER.compare(this, other);
  }
}
