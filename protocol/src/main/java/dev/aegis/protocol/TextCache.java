package dev.aegis.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Short texts that one peer has written lately: its envelopes name the same agents, topics and
/// types again and again. What is found here is neither decoded nor allocated anew, and is the same
/// object as before, with its hash at hand.
///
/// Bounds: [#PLACES] texts of up to [#MAX_BYTES]; a new one takes the place of an old one. For one
/// peer alone, or others could tell by the clock whom it writes to. Confined to one thread.
public final class TextCache {
  static final int PLACES = 64;
  static final int MAX_BYTES = 64;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  /// @param first the first eight bytes, or fewer, and `last` the last: together all of a name of
  ///   up to sixteen
  private record Known(int length, long first, long last, byte[] encoded, String text) {}

  /// Made with the first text: most sessions of a gateway are idle.
  private Known @Nullable [] places;

  /// The text these bytes stand for, or null when it is not here.
  @Nullable String find(byte[] buffer, int start, int length) {
    if (places == null || length > MAX_BYTES) {
      return null;
    }
    long first = first(buffer, start, length);
    long last = last(buffer, start, length);
    Known known = places[place(length, first, last)];
    boolean same =
        known != null
            && known.first == first
            && known.last == last
            && known.length == length
            && (length <= 2 * Long.BYTES || isAt(known.encoded, buffer, start));
    return same ? known.text : null;
  }

  private static boolean isAt(byte[] encoded, byte[] buffer, int start) {
    return Arrays.equals(encoded, 0, encoded.length, buffer, start, start + encoded.length);
  }

  /// Keeps a text that was decoded from these bytes, unless it is long.
  void put(byte[] buffer, int start, int length, String text) {
    if (length > MAX_BYTES) {
      return;
    }
    if (places == null) {
      places = new Known[PLACES];
    }
    byte[] encoded = Arrays.copyOfRange(buffer, start, start + length);
    long first = first(buffer, start, length);
    long last = last(buffer, start, length);
    places[place(length, first, last)] = new Known(length, first, last, encoded, text);
  }

  private static long first(byte[] buffer, int start, int length) {
    if (length >= Long.BYTES) {
      return (long) LONG.get(buffer, start);
    }
    long bytes = 0;
    for (int i = start; i < start + length; i++) {
      bytes = bytes << Byte.SIZE | (buffer[i] & 0xff);
    }
    return bytes;
  }

  private static long last(byte[] buffer, int start, int length) {
    return length >= Long.BYTES ? (long) LONG.get(buffer, start + length - Long.BYTES) : 0;
  }

  private static int place(int length, long first, long last) {
    long hash = (length ^ first) * MIX;
    hash = (hash ^ hash >>> 32 ^ last) * MIX;
    return (int) (hash >>> 32) & (PLACES - 1);
  }
}
