package dev.aegis.client;

/// A deadline that each sign of life moves, up to a cap. Confined to one thread; the clock comes
/// in.
final class Deadline {
  private final long idleNanos;
  private final long capNanos;
  private long dueNanos;

  Deadline(long nowNanos, long totalNanos, long idleNanos) {
    this.idleNanos = idleNanos;
    this.capNanos = nowNanos + totalNanos;
    this.dueNanos = nowNanos + Math.min(idleNanos, totalNanos);
  }

  void extend(long nowNanos) {
    long due = nowNanos + idleNanos;
    dueNanos = due - capNanos < 0 ? due : capNanos;
  }

  /// What is left of it, zero or less when it has passed.
  long leftNanos(long nowNanos) {
    return dueNanos - nowNanos;
  }

  boolean isAtCap() {
    return dueNanos == capNanos;
  }
}
