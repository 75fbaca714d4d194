package dev.aegis.protocol;

import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Makes UUIDs of version 7 (RFC 9562 §5.7), ascending within one generator. Thread-safe.
public final class Uuid7 {
  /// Random bytes are drawn for so many ids at once: a secure generator takes most of its time to
  /// be called.
  private static final int IDS_A_DRAW = 64;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final byte[] drawn = new byte[IDS_A_DRAW * Long.BYTES];
  private final ByteBuffer left = ByteBuffer.wrap(drawn).flip();
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
      counter = (int) draw() & (1 << 11) - 1; // room to count up within the millisecond
    } else if (++counter == 1 << 12) {
      lastMillis++;
      counter = 0;
    }
    long high = (lastMillis << 16) | 0x7000L | counter;
    long low = (draw() >>> 2) | 0x8000000000000000L;
    return new UUID(high, low);
  }

  private long draw() {
    if (!left.hasRemaining()) {
      random.nextBytes(drawn);
      left.clear();
    }
    return left.getLong();
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
