package dev.aegis.gateway.admission;

import java.util.List;

/// What nodes of a cluster tell each other of what a principal has used.
public sealed interface Usage {
  /// The principal: an agent, or an API key.
  String principal();

  /// How many tokens a node has taken from one bucket of a principal since it knows it. A total, so
  /// that one that is lost is made up for by the next, and one that comes twice changes nothing.
  ///
  /// @param bucket which one, as [Allowance] names it
  /// @param before the total told before; 0 where this is the first
  record Taken(String principal, String bucket, long total, long before) implements Usage {}

  /// All that a node knows of a principal, used by whomever, for one that has not met it yet. What
  /// it has taken itself and not told yet is not in it: that comes by [Taken], to all.
  record Known(String principal, List<Level> levels, List<Slot> quota) implements Usage {
    public Known {
      levels = List.copyOf(levels);
      quota = List.copyOf(quota);
    }
  }

  /// One bucket.
  ///
  /// @param total what the node has told last
  /// @param behindNanos how long until it is full again
  record Level(String bucket, long total, long behindNanos) {}

  /// What counts against the quota since some time ago.
  record Slot(long ageNanos, long count) {}
}
