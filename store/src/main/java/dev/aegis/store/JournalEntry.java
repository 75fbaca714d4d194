package dev.aegis.store;

/// One decision for the journal to keep.
public sealed interface JournalEntry permits Accept, Discard, Progress, Release, SignedWindow {
  /// The class whose queue the entry waits in: 0 critical to 3 low.
  int priority();

  /// About how many bytes the entry takes in memory and in a segment.
  int size();
}
