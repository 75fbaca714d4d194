package dev.aegis.protocol.reference;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// SHA-256, HMAC, and HKDF (RFC 5869) with the labels of PROTOCOL.md 3.6.
public final class Kdf {
  private static final int HASH_BYTES = 32;

  private Kdf() {}

  public static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(Octets.concat(parts));
  }

  public static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(Octets.concat(parts));
  }

  public static byte[] extract(byte[] salt, byte[] keyMaterial) throws GeneralSecurityException {
    return hmac(salt, keyMaterial);
  }

  /// `ExpandLabel`; one block of HKDF-Expand is enough for every length that the protocol has.
  public static byte[] expandLabel(byte[] secret, String label, byte[] context, int length)
      throws GeneralSecurityException {
    if (length > HASH_BYTES) {
      throw new IllegalArgumentException("one block only");
    }
    byte[] info =
        Octets.concat(
            Octets.integer(2, length),
            Octets.lp8(Octets.ascii("aegis1 " + label)),
            Octets.lp8(context));
    return Arrays.copyOf(hmac(secret, info, new byte[] {1}), length);
  }

  static byte[] derived(byte[] secret) throws GeneralSecurityException {
    return expandLabel(secret, "derived", sha256(), HASH_BYTES);
  }

  public static byte[] key(byte[] secret) throws GeneralSecurityException {
    return expandLabel(secret, "key", new byte[0], 32);
  }

  public static byte[] iv(byte[] secret) throws GeneralSecurityException {
    return expandLabel(secret, "iv", new byte[0], 12);
  }

  static byte[] finishedKey(byte[] secret) throws GeneralSecurityException {
    return expandLabel(secret, "finished", new byte[0], 32);
  }
}
