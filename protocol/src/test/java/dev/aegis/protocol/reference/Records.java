package dev.aegis.protocol.reference;

import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Records and flights (PROTOCOL.md sections 4 and 5).
public final class Records {
  private Records() {}

  /// The iv XOR the record number.
  public static byte[] nonce(byte[] secret, long number) throws GeneralSecurityException {
    byte[] nonce = Kdf.iv(secret);
    byte[] padded = Octets.integer(8, number);
    for (int i = 0; i < padded.length; i++) {
      nonce[nonce.length - padded.length + i] ^= padded[i];
    }
    return nonce;
  }

  /// Seals one record of the direction that `secret` belongs to.
  public static byte[] seal(byte[] secret, long number, byte[] plaintext)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305", "SunJCE");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(Kdf.key(secret), "ChaCha20"),
        new IvParameterSpec(nonce(secret, number)));
    return cipher.doFinal(plaintext);
  }

  public static byte[] flight(List<byte[]> envelopes) {
    byte[] flight = new byte[0];
    for (byte[] envelope : envelopes) {
      flight = Octets.concat(flight, Octets.integer(4, envelope.length), envelope);
    }
    return flight;
  }
}
