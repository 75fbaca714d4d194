package dev.aegis.gateway.router;

import java.util.concurrent.atomic.LongAdder;

/// What became of the copies of best-effort messages to many. Any thread.
public final class FanOutCounters {
  private final LongAdder delivered = new LongAdder();
  private final LongAdder dropped = new LongAdder();

  void countDelivered(long copies) {
    delivered.add(copies);
  }

  void countDropped(long copies) {
    dropped.add(copies);
  }

  /// Copies that found room in their recipient's outbox.
  public long delivered() {
    return delivered.sum();
  }

  /// Copies that did not.
  public long dropped() {
    return dropped.sum();
  }
}
