package dev.aegis.gateway.delivery;

import java.util.concurrent.atomic.AtomicLong;

/// How much all mailboxes together keep in memory of what was committed and waits for room. Any
/// thread.
public final class HeldBytes {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  public HeldBytes(long limit) {
    this.limit = limit;
  }

  /// False beyond the limit.
  boolean take(int bytes) {
    if (taken.addAndGet(bytes) <= limit) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  /// What is kept now.
  public long taken() {
    return taken.get();
  }
}
