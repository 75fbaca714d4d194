package dev.aegis.store;

/// Waits for a thread that has been told to end. Being interrupted does not end the wait: whoever
/// closes a part must not go on while its thread works.
final class ThreadEnd {
  private ThreadEnd() {}

  static void await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
