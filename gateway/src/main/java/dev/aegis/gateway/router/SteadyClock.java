package dev.aegis.gateway.router;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/// Time that only ever goes forward, at its own pace: what pauses and deadlines are measured with
/// while the gateway runs. It begins at what the wall clock shows and does not follow its steps.
/// Wall times, which are what is stored, are converted as both clocks stand at that moment.
/// Thread-safe.
public final class SteadyClock {
  private static final long NANOS = 1_000_000;

  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final long startMillis;
  private final long startNanos;

  public SteadyClock(InstantSource wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.startMillis = wall.millis();
    this.startNanos = nanoTime.getAsLong();
  }

  public long millis() {
    return startMillis + (nanoTime.getAsLong() - startNanos) / NANOS;
  }

  /// A wall time as a time of this clock; 0, which is no time, stays 0.
  public long fromWall(long wallMillis) {
    return wallMillis == 0 ? 0 : Math.max(1, wallMillis - wall.millis() + millis());
  }

  /// A time of this clock as a wall time; 0 stays 0.
  public long toWall(long millis) {
    return millis == 0 ? 0 : Math.max(1, millis - millis() + wall.millis());
  }
}
