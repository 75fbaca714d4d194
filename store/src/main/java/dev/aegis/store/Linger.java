package dev.aegis.store;

import java.util.concurrent.TimeUnit;

/// How long committed segments wait before they become rows. Longer when messages finish only after
/// their rows were written, as they do under overload: then each is written twice, and the second
/// time costs more. Shorter when they do not: what waits is memory that every collection of garbage
/// has to move. The projector's thread writes, [#nanos] may be asked by any.
final class Linger {
  static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1_600);

  /// More changes than one among so many rows are too many.
  private static final int FEW = 10;

  private volatile long nanos = SHORTEST_NANOS;

  long nanos() {
    return nanos;
  }

  /// Rows have been written.
  void written(int messages, int changes) {
    long now = nanos;
    nanos =
        changes > (messages + changes) / FEW
            ? Math.min(now * 2, LONGEST_NANOS)
            : Math.max(now / 2, SHORTEST_NANOS);
  }
}
