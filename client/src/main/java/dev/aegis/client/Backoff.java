package dev.aegis.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next try: doubled with each, half of it random, so that many clients
/// of one gateway do not come back at the same moment. Confined to one thread.
final class Backoff {
  private static final int MAX_DOUBLINGS = 30;

  private final long minMillis;
  private final long maxMillis;
  private final RandomGenerator random;
  private int tries;

  Backoff(Duration min, Duration max, RandomGenerator random) {
    this.minMillis = Math.max(1, min.toMillis());
    this.maxMillis = Math.max(minMillis, max.toMillis());
    this.random = random;
  }

  long nextMillis() {
    long millis = minMillis;
    for (int doublings = 0; doublings < tries && millis < maxMillis; doublings++) {
      millis *= 2;
    }
    tries = Math.min(tries + 1, MAX_DOUBLINGS);
    return spread(Math.min(millis, maxMillis));
  }

  /// Between half of it and all of it.
  long spread(long millis) {
    return millis - millis / 2 + random.nextLong(millis / 2 + 1);
  }

  void reset() {
    tries = 0;
  }
}
