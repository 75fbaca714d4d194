package dev.aegis.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A growing byte array, big-endian. Confined to one thread.
final class SegmentBytes {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int FIRST_CAPACITY = 8192;

  private byte[] buffer;
  private int size;

  SegmentBytes() {
    this(FIRST_CAPACITY);
  }

  /// @param capacity about how much there will be
  SegmentBytes(int capacity) {
    buffer = new byte[capacity];
  }

  int size() {
    return size;
  }

  byte[] array() {
    return buffer;
  }

  void clear() {
    size = 0;
  }

  void putByte(byte value) {
    room(1);
    buffer[size++] = value;
  }

  void putShort(int value) {
    room(2);
    buffer[size++] = (byte) (value >> 8);
    buffer[size++] = (byte) value;
  }

  void putInt(int value) {
    room(Integer.BYTES);
    INT.set(buffer, size, value);
    size += Integer.BYTES;
  }

  void putLong(long value) {
    room(Long.BYTES);
    LONG.set(buffer, size, value);
    size += Long.BYTES;
  }

  void putUuid(UUID value) {
    putLong(value.getMostSignificantBits());
    putLong(value.getLeastSignificantBits());
  }

  void putUuidOrNone(@Nullable UUID value) {
    putByte((byte) (value == null ? 0 : 1));
    if (value != null) {
      putUuid(value);
    }
  }

  /// Length, then the bytes.
  void putBytes(byte[] value) {
    putInt(value.length);
    putRaw(value, 0, value.length);
  }

  void putRaw(byte[] value, int offset, int length) {
    room(length);
    System.arraycopy(value, offset, buffer, size, length);
    size += length;
  }

  /// Length in bytes of UTF-8, then they; -1 alone for null.
  void putString(@Nullable String value) {
    if (value == null) {
      putInt(-1);
    } else {
      putBytes(value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void room(int more) {
    if (more > buffer.length - size) {
      buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, more), buffer.length * 2));
    }
  }
}
