package dev.aegis.store.fabric;

import java.util.random.RandomGenerator;

/// Whether one Redis server is worth asking. After some failures in a row it is not, until a probe
/// succeeds; probes come at growing distances, with jitter, up to a bound. Thread-safe.
final class Breaker {
  private static final int FAILURES = 3;
  private static final long FIRST_NANOS = 100_000_000;
  private static final long LONGEST_NANOS = 2_000_000_000;

  private final RandomGenerator random;
  private int failures;
  private boolean open;
  private boolean probing;
  private long delayNanos;
  private long probeAtNanos;

  Breaker(RandomGenerator random) {
    this.random = random;
  }

  synchronized boolean open() {
    return open;
  }

  /// A command has failed by the server's fault, or it cannot be reached.
  synchronized void failed(long nowNanos) {
    if (!open && ++failures >= FAILURES) {
      trip(nowNanos);
    }
  }

  /// It is known to be away.
  synchronized void trip(long nowNanos) {
    if (!open) {
      open = true;
      probing = false;
      delayNanos = FIRST_NANOS;
      schedule(nowNanos);
    }
  }

  /// A command was answered. An answer that comes late, while it is open, proves nothing: the probe
  /// decides.
  synchronized void succeeded() {
    if (!open) {
      failures = 0;
    }
  }

  /// Whether to probe now. Says so once; the probe's end is [#probed].
  synchronized boolean probeDue(long nowNanos) {
    if (open && !probing && nowNanos - probeAtNanos >= 0) {
      probing = true;
      return true;
    }
    return false;
  }

  /// @return whether it closed just now
  synchronized boolean probed(boolean answered, long nowNanos) {
    if (!open) {
      return false;
    }
    probing = false;
    if (answered) {
      open = false;
      failures = 0;
      return true;
    }
    delayNanos = Math.min(delayNanos * 2, LONGEST_NANOS);
    schedule(nowNanos);
    return false;
  }

  private void schedule(long nowNanos) {
    probeAtNanos = nowNanos + delayNanos / 2 + random.nextLong(delayNanos / 2 + 1);
  }
}
