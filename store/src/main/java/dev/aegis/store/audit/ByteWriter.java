package dev.aegis.store.audit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/// A growing byte array; fixed numbers are big-endian. Confined to one thread.
final class ByteWriter {
  private byte[] buffer;
  private int size;

  ByteWriter(int capacity) {
    buffer = new byte[capacity];
  }

  int size() {
    return size;
  }

  /// Not a copy.
  byte[] array() {
    return buffer;
  }

  byte[] bytes() {
    return Arrays.copyOf(buffer, size);
  }

  void octet(byte value) {
    room(1);
    buffer[size++] = value;
  }

  /// Seven bits a byte, the lowest first; at most ten bytes.
  void varint(long value) {
    room(10);
    long left = value;
    while ((left & ~0x7FL) != 0) {
      buffer[size++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    buffer[size++] = (byte) left;
  }

  /// Small numbers of either sign are short.
  void signed(long value) {
    varint(value << 1 ^ value >> 63);
  }

  void int8(long value) {
    room(Long.BYTES);
    for (int shift = 56; shift >= 0; shift -= 8) {
      buffer[size++] = (byte) (value >>> shift);
    }
  }

  void uuid(UUID value) {
    int8(value.getMostSignificantBits());
    int8(value.getLeastSignificantBits());
  }

  /// UTF-8 behind its length.
  void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    varint(utf8.length);
    raw(utf8);
  }

  void raw(byte[] bytes) {
    raw(bytes, 0, bytes.length);
  }

  void raw(byte[] bytes, int offset, int length) {
    room(length);
    System.arraycopy(bytes, offset, buffer, size, length);
    size += length;
  }

  private void room(int more) {
    if (more > buffer.length - size) {
      buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, more), buffer.length * 2));
    }
  }
}
