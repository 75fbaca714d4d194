package dev.aegis.gateway.router;

/// The least time that it took to store a message lately: what it takes where nothing is in its
/// way. Two periods are remembered, so that a disk that becomes slower is believed after a while.
/// Thread-safe; two that write at once may lose one of the two, which the next one mends.
final class StoringTime {
  private static final long PERIOD_MILLIS = 300_000;
  private static final long NONE = Long.MAX_VALUE;

  private volatile long began = Long.MIN_VALUE;
  private volatile long before = NONE;
  private volatile long current = NONE;

  void took(long millis, long nowMillis) {
    if (began == Long.MIN_VALUE || nowMillis - began >= PERIOD_MILLIS) {
      before = current;
      current = millis;
      began = nowMillis;
    } else if (millis < current) {
      current = millis;
    }
  }

  /// @return 0 where nothing was stored yet
  long leastMillis() {
    long least = Math.min(before, current);
    return least == NONE ? 0 : least;
  }
}
