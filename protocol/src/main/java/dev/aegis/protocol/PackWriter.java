package dev.aegis.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes the MessagePack formats that envelopes use, each in its shortest form. Confined to one
/// thread.
final class PackWriter {
  private byte[] buffer;
  private int size;

  PackWriter(int capacity) {
    this.buffer = new byte[Math.max(capacity, 64)];
  }

  /// How long [#integer] becomes.
  static int integerBytes(long value) {
    if (value < 128) {
      return 1;
    }
    if (value < 1 << 8) {
      return 2;
    }
    if (value < 1 << 16) {
      return 3;
    }
    return value < 1L << 32 ? 5 : 9;
  }

  /// How long [#binaryHeader] becomes.
  static int binaryHeaderBytes(int length) {
    if (length < 1 << 8) {
      return 2;
    }
    return length < 1 << 16 ? 3 : 5;
  }

  int size() {
    return size;
  }

  byte[] toBytes() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  PackWriter array(int elements) {
    if (elements < 16) {
      return one(0x90 | elements);
    }
    return elements < 1 << 16 ? sized(0xdc, elements, 2) : sized(0xdd, elements, 4);
  }

  PackWriter integer(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("envelopes hold no negative integers");
    }
    if (value < 128) {
      return one((int) value);
    }
    if (value < 1 << 8) {
      return sized(0xcc, value, 1);
    }
    if (value < 1 << 16) {
      return sized(0xcd, value, 2);
    }
    return value < 1L << 32 ? sized(0xce, value, 4) : sized(0xcf, value, 8);
  }

  PackWriter bool(boolean value) {
    return one(value ? 0xc3 : 0xc2);
  }

  PackWriter nil() {
    return one(0xc0);
  }

  PackWriter string(@Nullable String value) {
    if (value == null) {
      return nil();
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 32) {
      one(0xa0 | bytes.length);
    } else if (bytes.length < 1 << 8) {
      sized(0xd9, bytes.length, 1);
    } else if (bytes.length < 1 << 16) {
      sized(0xda, bytes.length, 2);
    } else {
      sized(0xdb, bytes.length, 4);
    }
    return raw(bytes, 0, bytes.length);
  }

  PackWriter binary(byte[] bytes, int offset, int length) {
    return binaryHeader(length).raw(bytes, offset, length);
  }

  PackWriter binaryHeader(int length) {
    if (length < 1 << 8) {
      return sized(0xc4, length, 1);
    }
    return length < 1 << 16 ? sized(0xc5, length, 2) : sized(0xc6, length, 4);
  }

  PackWriter uuid(@Nullable UUID value) {
    if (value == null) {
      return nil();
    }
    return binaryHeader(16).rawUuid(value);
  }

  PackWriter rawUuid(UUID value) {
    return bigEndian(value.getMostSignificantBits(), 8)
        .bigEndian(value.getLeastSignificantBits(), 8);
  }

  /// A map, or nil for an empty one; sorted by key so that equal messages have equal bytes.
  PackWriter map(Map<String, String> map) {
    if (map.isEmpty()) {
      return nil();
    }
    if (map.size() < 16) {
      one(0x80 | map.size());
    } else {
      sized(0xde, map.size(), 2);
    }
    new TreeMap<>(map).forEach((key, value) -> string(key).string(value));
    return this;
  }

  PackWriter raw(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, buffer, size, length);
    size += length;
    return this;
  }

  private PackWriter one(int value) {
    reserve(1);
    buffer[size++] = (byte) value;
    return this;
  }

  private PackWriter sized(int format, long value, int bytes) {
    return one(format).bigEndian(value, bytes);
  }

  private PackWriter bigEndian(long value, int bytes) {
    reserve(bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      buffer[size++] = (byte) (value >>> (8 * i));
    }
    return this;
  }

  private void reserve(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
    }
  }
}
