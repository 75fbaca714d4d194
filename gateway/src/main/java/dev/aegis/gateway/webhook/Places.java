package dev.aegis.gateway.webhook;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Requests that a node makes at a time. Each run may always make one, so that slow endpoints keep
/// no others waiting; what it makes beyond that comes out of what all share. Thread-safe.
final class Places {
  private static final long WAIT_NANOS = 100_000_000;

  private final Semaphore shared;

  /// @param total all together
  /// @param runs how many there are at a time at most
  Places(int total, int runs) {
    this.shared = new Semaphore(Math.max(0, total - runs));
  }

  OfRun ofRun() {
    return new OfRun();
  }

  /// Those of one run, which takes them before it asks for messages: none waits for a place with
  /// its time running.
  final class OfRun {
    private int taken;

    /// Takes up to so many. Waits a moment where there is none.
    ///
    /// @return how many, perhaps 0
    synchronized int take(int wanted) throws InterruptedException {
      long until = System.nanoTime() + WAIT_NANOS;
      int got = takeNow(wanted);
      for (long left = WAIT_NANOS; got == 0 && left > 0; left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left); // ends early when it frees one itself
        got = takeNow(wanted);
      }
      taken += got;
      return got;
    }

    private int takeNow(int wanted) {
      int got = taken == 0 ? 1 : 0;
      while (got < wanted && shared.tryAcquire()) {
        got++;
      }
      return got;
    }

    synchronized void free(int count) {
      for (int i = 0; i < count; i++) {
        taken--;
        if (taken > 0) {
          shared.release();
        }
      }
      notifyAll();
    }
  }
}
