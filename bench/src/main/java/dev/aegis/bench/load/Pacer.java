package dev.aegis.bench.load;

/// The schedule of an open loop: message `n` is due at a time that nothing can move. A latency
/// taken from there counts the wait of messages that could not be sent in time, so that a stall of
/// the system is not hidden by the silence it causes (coordinated omission). Immutable.
///
/// @param startNanos when message 0 is due
/// @param perSecond messages per second, positive
record Pacer(long startNanos, double perSecond) {
  private static final double NANOS = 1e9;

  Pacer {
    if (!(perSecond > 0)) {
      throw new IllegalArgumentException("the rate must be positive");
    }
  }

  /// When message `n` is due.
  long dueNanos(long n) {
    return startNanos + (long) (n * NANOS / perSecond);
  }

  /// How many messages are due by now.
  long dueBy(long nowNanos) {
    long elapsed = nowNanos - startNanos;
    if (elapsed < 0) {
      return 0;
    }
    long count = (long) (elapsed * perSecond / NANOS) + 1;
    // The two roundings meet here: what dueNanos says decides.
    while (count > 0 && dueNanos(count - 1) > nowNanos) {
      count--;
    }
    while (dueNanos(count) <= nowNanos) {
      count++;
    }
    return count;
  }
}
