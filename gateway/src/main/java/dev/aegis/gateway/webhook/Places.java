package dev.aegis.gateway.webhook;

import java.util.concurrent.Semaphore;

/// Requests that a node makes at a time. Each run may always make one, so that slow endpoints keep
/// no others waiting; what it makes beyond that comes out of what all share. Thread-safe.
final class Places {
  private static final long WAIT_MILLIS = 100;

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
      int got = takeNow(wanted);
      if (got == 0) {
        wait(WAIT_MILLIS); // one of its own becomes free, or else it looks for one of the others'
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
