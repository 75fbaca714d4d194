package dev.aegis.gateway.admission;

import java.util.concurrent.atomic.AtomicLong;

/// A token bucket kept as one number: the time at which it will be full again (the generic cell
/// rate algorithm). Any thread, without locks.
final class TokenBucket {
  private final long intervalNanos;
  private final long burstNanos;
  private final AtomicLong fullAtNanos;

  TokenBucket(Rate rate, long nowNanos) {
    this.intervalNanos = rate.intervalNanos();
    this.burstNanos = rate.intervalNanos() * rate.burst();
    this.fullAtNanos = new AtomicLong(nowNanos);
  }

  /// Takes a token, and says how many nanoseconds to wait where there is none; 0 when it was taken.
  long take(long nowNanos) {
    while (true) {
      long full = fullAtNanos.get();
      long from = full - nowNanos > 0 ? full : nowNanos;
      long wait = from + intervalNanos - nowNanos - burstNanos;
      if (wait > 0) {
        return wait;
      }
      if (fullAtNanos.compareAndSet(full, from + intervalNanos)) {
        return 0;
      }
    }
  }

  /// How long until there is a token; 0 for now.
  long waitNanos(long nowNanos) {
    long full = fullAtNanos.get();
    long from = full - nowNanos > 0 ? full : nowNanos;
    return Math.max(0, from + intervalNanos - nowNanos - burstNanos);
  }

  /// Full: as good as a new one.
  boolean isFull(long nowNanos) {
    return fullAtNanos.get() - nowNanos <= 0;
  }
}
