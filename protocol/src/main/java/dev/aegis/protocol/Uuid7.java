package dev.aegis.protocol;

import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Makes UUIDs of version 7 (RFC 9562 §5.7), ascending within one generator. Thread-safe.
public final class Uuid7 {
  private final InstantSource clock;
  private final RandomGenerator random;
  private long lastMillis;
  private int counter;

  public Uuid7(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  public synchronized UUID next() {
    long now = clock.millis();
    if (now > lastMillis) {
      lastMillis = now;
      counter = random.nextInt(1 << 11); // room to count up within the millisecond
    } else if (++counter == 1 << 12) {
      lastMillis++;
      counter = 0;
    }
    long high = (lastMillis << 16) | 0x7000L | counter;
    long low = (random.nextLong() >>> 2) | 0x8000000000000000L;
    return new UUID(high, low);
  }

  /// When an id was made, in milliseconds since 1970.
  ///
  /// @throws IllegalArgumentException not of version 7
  public static long millis(UUID id) {
    if (id.version() != 7) {
      throw new IllegalArgumentException("not a UUID of version 7: " + id);
    }
    return id.getMostSignificantBits() >>> 16;
  }
}
