package dev.aegis.store.audit;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/// Reads what [ByteWriter] wrote, and nothing else. Confined to one thread.
final class ByteReader {
  private final byte[] bytes;
  private int at;

  ByteReader(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  byte octet() throws MalformedPageException {
    need(1);
    return bytes[at++];
  }

  long varint() throws MalformedPageException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = octet();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        if ((next == 0 && shift > 0) || (shift == 63 && next > 1)) {
          throw new MalformedPageException("a number is not in its shortest form");
        }
        return value;
      }
    }
    throw new MalformedPageException("a number is too long");
  }

  long signed() throws MalformedPageException {
    long value = varint();
    return value >>> 1 ^ -(value & 1);
  }

  /// @param most as many as could be there
  int count(int most) throws MalformedPageException {
    long value = varint();
    if (value < 0 || value > most) {
      throw new MalformedPageException("a count is out of range");
    }
    return (int) value;
  }

  /// How many bytes are left.
  int left() {
    return bytes.length - at;
  }

  long int8() throws MalformedPageException {
    need(Long.BYTES);
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << 8 | (bytes[at++] & 0xFF);
    }
    return value;
  }

  UUID uuid() throws MalformedPageException {
    return new UUID(int8(), int8());
  }

  String text() throws MalformedPageException {
    byte[] utf8 = raw(count(left()));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedPageException("a text is not UTF-8");
    }
  }

  byte[] raw(int length) throws MalformedPageException {
    need(length);
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  private void need(int length) throws MalformedPageException {
    if (length > left()) {
      throw new MalformedPageException("it ends too early");
    }
  }
}
