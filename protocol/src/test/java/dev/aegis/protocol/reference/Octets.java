package dev.aegis.protocol.reference;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Byte strings as PROTOCOL.md writes them.
public final class Octets {
  private Octets() {}

  /// `a ‖ b ‖ …`
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /// An unsigned big-endian integer.
  public static byte[] integer(int bytes, long value) {
    byte[] wide = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    return Arrays.copyOfRange(wide, Long.BYTES - bytes, Long.BYTES);
  }

  public static byte[] lp8(byte[] value) {
    return concat(integer(1, value.length), value);
  }

  public static byte[] lp16(byte[] value) {
    return concat(integer(2, value.length), value);
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  public static byte[] repeat(int value, int times) {
    byte[] bytes = new byte[times];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /// The bytes with one bit flipped; a negative position counts from the end.
  public static byte[] flip(byte[] bytes, int position, int bit) {
    byte[] flipped = bytes.clone();
    flipped[position < 0 ? bytes.length + position : position] ^= (byte) (1 << bit);
    return flipped;
  }

  /// The bytes with those at a position replaced.
  public static byte[] replace(byte[] bytes, int position, byte[] by) {
    byte[] replaced = bytes.clone();
    System.arraycopy(by, 0, replaced, position, by.length);
    return replaced;
  }

  /// The bytes without the last ones.
  public static byte[] shorten(byte[] bytes, int by) {
    return Arrays.copyOf(bytes, bytes.length - by);
  }
}
