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

  private record Known(byte[] encoded, String text) {}

  /// Made with the first text: most sessions of a gateway are idle.
  private Known @Nullable [] places;

  /// The text these bytes stand for, or null when it is not here.
  @Nullable String find(byte[] buffer, int start, int length) {
    if (places == null || length > MAX_BYTES) {
      return null;
    }
    Known known = places[place(buffer, start, length)];
    boolean same =
        known != null
            && Arrays.equals(known.encoded, 0, known.encoded.length, buffer, start, start + length);
    return same ? known.text : null;
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
    places[place(buffer, start, length)] = new Known(encoded, text);
  }

  /// By both ends, where names of one kind differ.
  private static int place(byte[] buffer, int start, int length) {
    long hash = length;
    if (length >= Long.BYTES) {
      hash = (hash ^ (long) LONG.get(buffer, start)) * MIX;
      hash ^= hash >>> 32;
      hash = (hash ^ (long) LONG.get(buffer, start + length - Long.BYTES)) * MIX;
    } else {
      for (int i = start; i < start + length; i++) {
        hash = (hash ^ buffer[i]) * MIX;
      }
    }
    return (int) (hash >>> 32) & (PLACES - 1);
  }
}
