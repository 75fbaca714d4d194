package dev.aegis.gateway.webhook;

import java.util.random.RandomGenerator;

/// Keeps the requests of one organization from a host where one after the other fails: then one at
/// a time is tried, at growing distances, until one succeeds. Time comes in as a clock's that never
/// steps. Thread-safe.
final class HostBreaker {
  private static final int FAILURES = 5;
  private static final long LONGEST_MILLIS = 300_000;

  private final long firstMillis;
  private final RandomGenerator random;
  private int failures;
  private boolean open;
  private boolean probing;
  private long pauseMillis;
  private long probeAtMillis;

  /// @param firstMillis how long it stays open at first
  HostBreaker(long firstMillis, RandomGenerator random) {
    this.firstMillis = firstMillis;
    this.random = random;
  }

  synchronized boolean isOpen() {
    return open;
  }

  /// Whether [#take] would give anything.
  synchronized boolean admits(long nowMillis) {
    return !open || (!probing && nowMillis >= probeAtMillis);
  }

  /// How many of so many requests may be made. What is not made after all is given back.
  synchronized int take(int wanted, long nowMillis) {
    if (!open) {
      return wanted;
    }
    if (!admits(nowMillis)) {
      return 0;
    }
    probing = true;
    return 1;
  }

  /// Nothing came of what was taken: there was no message.
  synchronized void unused() {
    probing = false;
  }

  synchronized void succeeded() {
    failures = 0;
    open = false;
    probing = false;
  }

  /// @param sure whether it fails as a host; if not, that does not open it, and does not prove it
  ///   well
  /// @return whether it opened by that
  synchronized boolean failed(boolean sure, long nowMillis) {
    if (!open && !sure) {
      return false;
    }
    failures++;
    if (!open && failures < FAILURES) {
      return false;
    }
    if (open && !probing) {
      return false; // one of those that were under way when it opened
    }
    boolean opened = !open;
    pauseMillis = opened ? firstMillis : Math.min(LONGEST_MILLIS, pauseMillis * 2);
    open = true;
    probing = false;
    probeAtMillis = nowMillis + pauseMillis / 2 + random.nextLong(pauseMillis / 2 + 1);
    return opened;
  }
}
