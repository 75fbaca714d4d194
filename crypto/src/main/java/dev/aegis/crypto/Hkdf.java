package dev.aegis.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// HKDF with SHA-256 (RFC 5869) and the labelled form that TLS 1.3 makes of it (RFC 9846 §7.1),
/// with the label prefix `aegis1 `.
public final class Hkdf {
  /// Length of a hash, and so of every secret of the key schedule, in bytes.
  public static final int HASH_BYTES = 32;

  private static final int MAX_OUTPUT_BYTES = 255 * HASH_BYTES;

  private Hkdf() {}

  public static byte[] extract(byte[] salt, byte[] inputKeyMaterial) {
    return Hmac.sha256(salt, inputKeyMaterial);
  }

  public static byte[] expand(byte[] pseudoRandomKey, byte[] info, int lengthBytes) {
    if (lengthBytes < 0 || lengthBytes > MAX_OUTPUT_BYTES) {
      throw new IllegalArgumentException("length must be 0 to " + MAX_OUTPUT_BYTES);
    }
    byte[] output = new byte[lengthBytes];
    byte[] block = new byte[0];
    byte[] counter = new byte[1];
    for (int filled = 0; filled < lengthBytes; filled += HASH_BYTES) {
      counter[0]++;
      block = Hmac.sha256(pseudoRandomKey, block, info, counter);
      System.arraycopy(block, 0, output, filled, Math.min(HASH_BYTES, lengthBytes - filled));
    }
    return output;
  }

  /// Expand with info = length (2) ‖ lp8("aegis1 " + label) ‖ lp8(context).
  public static byte[] expandLabel(byte[] secret, String label, byte[] context, int lengthBytes) {
    byte[] name = ("aegis1 " + label).getBytes(StandardCharsets.US_ASCII);
    if (name.length > 255 || context.length > 255) {
      throw new IllegalArgumentException("label and context are at most 255 bytes");
    }
    byte[] info = new byte[4 + name.length + context.length];
    info[0] = (byte) (lengthBytes >>> 8);
    info[1] = (byte) lengthBytes;
    info[2] = (byte) name.length;
    System.arraycopy(name, 0, info, 3, name.length);
    info[3 + name.length] = (byte) context.length;
    System.arraycopy(context, 0, info, 4 + name.length, context.length);
    byte[] output = expand(secret, info, lengthBytes);
    Arrays.fill(info, (byte) 0);
    return output;
  }
}
