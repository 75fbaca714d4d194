package dev.aegis.protocol;

import java.nio.ByteBuffer;
import java.util.UUID;

/// Fixed-width values as bytes.
final class Bytes {
  private Bytes() {}

  static byte[] of(UUID id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }
}
