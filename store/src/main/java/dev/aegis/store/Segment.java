package dev.aegis.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One group of entries on its way to disk. Formed by the baton holder, then owned by the writer
/// that commits it, except for `done` and `committed`, which belong to [SegmentRelease].
final class Segment {
  /// For a segment of nothing but repeats, or of nothing that is kept: there is nothing to write.
  static final long UNNUMBERED = 0;

  final long number;

  /// Its entries, for the listener.
  final List<JournalEntry> entries;

  /// Those that go to disk.
  final List<JournalEntry> kept;

  /// Entries of mailboxes that another gateway has now: they are refused.
  final List<JournalEntry> moved;

  /// Mailboxes that are let go behind it.
  final List<Release> releases;

  boolean done;
  boolean committed;
  @Nullable StoreException failure;

  /// What the commit took, 0 without one.
  long commitNanos;

  Segment(
      long number,
      List<JournalEntry> entries,
      List<JournalEntry> kept,
      List<JournalEntry> moved,
      List<Release> releases) {
    this.number = number;
    this.entries = entries;
    this.kept = kept;
    this.moved = moved;
    this.releases = releases;
  }

  /// A segment that cannot be formed.
  static Segment failed(List<JournalEntry> entries, StoreException why) {
    Segment segment = new Segment(UNNUMBERED, entries, List.of(), List.of(), List.of());
    segment.failure = why;
    return segment;
  }
}
