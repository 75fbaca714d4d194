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
  ///
  /// @param shares how many tokens it costs: a bucket of which only a part is this node's is as
  ///   much smaller and slower
  long take(int shares, long nowNanos) {
    long cost = intervalNanos * shares;
    while (true) {
      long full = fullAtNanos.get();
      long from = full - nowNanos > 0 ? full : nowNanos;
      long wait = from + cost - nowNanos - Math.max(burstNanos, cost);
      if (wait > 0) {
        return wait;
      }
      if (fullAtNanos.compareAndSet(full, from + cost)) {
        return 0;
      }
    }
  }

  /// How long until there is a token; 0 for now.
  long waitNanos(int shares, long nowNanos) {
    long cost = intervalNanos * shares;
    long full = fullAtNanos.get();
    long from = full - nowNanos > 0 ? full : nowNanos;
    return Math.max(0, from + cost - nowNanos - Math.max(burstNanos, cost));
  }

  /// Takes tokens that are gone, whether they are there or not: what is missing comes first of what
  /// is filled in.
  void charge(long tokens, long nowNanos) {
    delay(nanosOf(tokens), nowNanos);
  }

  /// How long it takes to fill in as many tokens.
  long nanosOf(long tokens) {
    return Math.multiplyExact(intervalNanos, tokens);
  }

  /// Has it be full that much later.
  void delay(long nanos, long nowNanos) {
    fullAtNanos.updateAndGet(full -> (full - nowNanos > 0 ? full : nowNanos) + nanos);
  }

  /// How long it would be until it is full, had some tokens not been taken.
  long behindNanos(long without, long nowNanos) {
    return Math.max(0, fullAtNanos.get() - nowNanos - nanosOf(without));
  }

  /// Full: as good as a new one.
  boolean isFull(long nowNanos) {
    return fullAtNanos.get() - nowNanos <= 0;
  }
}
