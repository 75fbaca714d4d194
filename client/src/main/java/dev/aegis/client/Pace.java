package dev.aegis.client;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How long durable messages wait for company, so that a signature, a record and a write serve
/// many: as long as a receipt takes, within bounds. So a store that answers fast is not waited for,
/// and one that is busy gets fewer, larger flights. Confined to the event loop.
final class Pace {
  static final long SHORTEST_NANOS = 1_000_000;
  static final long LONGEST_NANOS = 5_000_000;

  /// A new measurement counts for one part in so many.
  private static final int SMOOTHING = 4;

  private long receiptNanos;
  private @Nullable UUID measured;
  private long measuredFromNanos;

  /// A durable message is being written. One at a time is measured.
  void written(UUID id, long nowNanos) {
    if (measured == null) {
      measured = id;
      measuredFromNanos = nowNanos;
    }
  }

  /// The gateway has answered for a message.
  void answered(UUID id, long nowNanos) {
    if (id.equals(measured)) {
      measured = null;
      receiptNanos += (nowNanos - measuredFromNanos - receiptNanos) / SMOOTHING;
    }
  }

  long nanos() {
    return Math.clamp(receiptNanos, SHORTEST_NANOS, LONGEST_NANOS);
  }
}
