package dev.aegis.crypto;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;

/// Which encodings of points and scalars we accept, decided by ourselves before any library is
/// asked, because libraries differ on exactly these (RFC 8032 §5.1.3, §5.1.7).
final class Ed25519Encoding {
  static final int POINT_BYTES = 32;
  static final int SIGNATURE_BYTES = 64;

  /// p = 2^255 − 19 and L, the order of the base point, both little-endian as on the wire.
  private static final byte[] P =
      littleEndian(BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19)));

  private static final byte[] L =
      littleEndian(
          BigInteger.ONE
              .shiftLeft(252)
              .add(new BigInteger("27742317777372353535851937790883648493")));

  /// The y coordinates of the eight points whose order divides 8, without the sign bit.
  private static final List<byte[]> SMALL_ORDER_Y =
      List.of(
          hex("0000000000000000000000000000000000000000000000000000000000000000"),
          hex("0100000000000000000000000000000000000000000000000000000000000000"),
          hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
          hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
          hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));

  private Ed25519Encoding() {}

  /// True for a canonical y of a point that is not of small order. Says nothing about being on the
  /// curve.
  static boolean isAcceptablePoint(byte[] bytes, int offset) {
    if (compareMasked(bytes, offset, P) >= 0) {
      return false;
    }
    for (byte[] y : SMALL_ORDER_Y) {
      if (compareMasked(bytes, offset, y) == 0) {
        return false;
      }
    }
    return true;
  }

  /// True when S, the second half of a signature, is below L.
  static boolean isCanonicalScalar(byte[] bytes, int offset) {
    for (int i = POINT_BYTES - 1; i >= 0; i--) {
      int difference = (bytes[offset + i] & 0xff) - (L[i] & 0xff);
      if (difference != 0) {
        return difference < 0;
      }
    }
    return false;
  }

  /// Little-endian comparison that ignores the sign bit of the left side.
  private static int compareMasked(byte[] bytes, int offset, byte[] right) {
    for (int i = POINT_BYTES - 1; i >= 0; i--) {
      int left = bytes[offset + i] & (i == POINT_BYTES - 1 ? 0x7f : 0xff);
      int difference = left - (right[i] & 0xff);
      if (difference != 0) {
        return difference;
      }
    }
    return 0;
  }

  private static byte[] littleEndian(BigInteger value) {
    byte[] big = value.toByteArray();
    byte[] little = new byte[POINT_BYTES];
    for (int i = 0; i < Math.min(big.length, POINT_BYTES); i++) {
      little[i] = big[big.length - 1 - i];
    }
    return little;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
