package dev.aegis.store;

/// When the next segment is due: under load, entries wait a moment for company, so that a commit
/// serves many, and so do the records that carry its receipts and deliveries. Segments keep a
/// distance of a multiple of what commits take lately, within a bound; after a longer silence, and
/// once a good deal waits, the next one goes at once. A fast disk is hardly waited for, a busy one
/// gets fewer, larger segments.
final class CommitPace {
  static final long LONGEST_NANOS = 8_000_000;

  /// So many bytes are worth a commit before its time.
  static final long FULL_BYTES = 256 << 10;

  private static final int COMMITS_APART = 2;

  /// A new measurement counts for one part in so many.
  private static final int SMOOTHING = 8;

  private volatile long commitNanos;
  private volatile long formedAtNanos;

  CommitPace(long nowNanos) {
    formedAtNanos = nowNanos - LONGEST_NANOS;
  }

  /// How long to wait with the next segment, 0 or less for not at all. Baton holder only.
  long waitNanos(long nowNanos, long waitingBytes) {
    if (waitingBytes >= FULL_BYTES) {
      return 0;
    }
    return formedAtNanos + Math.min(commitNanos * COMMITS_APART, LONGEST_NANOS) - nowNanos;
  }

  /// A segment is being formed. Baton holder only.
  void formed(long nowNanos) {
    formedAtNanos = nowNanos;
  }

  /// A commit has taken so long. Any thread.
  synchronized void committed(long nanos) {
    long before = commitNanos;
    commitNanos = before + (nanos - before) / SMOOTHING;
  }
}
