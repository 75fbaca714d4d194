package dev.aegis.protocol.reference;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KEM;
import javax.crypto.KeyAgreement;

/// X25519 (RFC 7748) and ML-KEM-768 (FIPS 203) by the JDK, from raw bytes to raw bytes.
public final class Agreement {
  private static final int MLKEM_KEY_BYTES = 1184;
  private static final byte[] BASE_POINT = Octets.replace(new byte[32], 0, new byte[] {9});
  private static final byte[] PRIVATE_HEADER =
      HexFormat.of().parseHex("302e020100300506032b656e04220420");
  private static final byte[] PUBLIC_HEADER = HexFormat.of().parseHex("302a300506032b656e032100");

  private Agreement() {}

  public static byte[] x25519(byte[] privateKey, byte[] publicKey) throws GeneralSecurityException {
    KeyFactory keys = KeyFactory.getInstance("X25519", "SunEC");
    KeyAgreement agreement = KeyAgreement.getInstance("X25519", "SunEC");
    agreement.init(
        keys.generatePrivate(new PKCS8EncodedKeySpec(Octets.concat(PRIVATE_HEADER, privateKey))));
    agreement.doPhase(
        keys.generatePublic(new X509EncodedKeySpec(Octets.concat(PUBLIC_HEADER, publicKey))), true);
    return agreement.generateSecret();
  }

  public static byte[] x25519Public(byte[] privateKey) throws GeneralSecurityException {
    return x25519(privateKey, BASE_POINT);
  }

  /// The pair of the seed d ‖ z.
  static KeyPair mlKemPair(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("ML-KEM", "SunJCE");
    generator.initialize(NamedParameterSpec.ML_KEM_768, new FixedRandom(seed));
    return generator.generateKeyPair();
  }

  static byte[] encapsulationKey(KeyPair pair) {
    byte[] encoded = pair.getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - MLKEM_KEY_BYTES, encoded.length);
  }

  /// Encapsulates with the 32 random bytes m.
  static KEM.Encapsulated encapsulate(KeyPair pair, byte[] m) throws GeneralSecurityException {
    return KEM.getInstance("ML-KEM", "SunJCE")
        .newEncapsulator(pair.getPublic(), null, new FixedRandom(m))
        .encapsulate();
  }

  static byte[] decapsulate(KeyPair pair, byte[] ciphertext) throws GeneralSecurityException {
    return KEM.getInstance("ML-KEM", "SunJCE")
        .newDecapsulator(pair.getPrivate())
        .decapsulate(ciphertext)
        .getEncoded();
  }
}
