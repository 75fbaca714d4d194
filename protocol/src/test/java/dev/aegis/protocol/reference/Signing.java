package dev.aegis.protocol.reference;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;

/// Ed25519 (RFC 8032) by the JDK, the inputs of the protocol's signatures, and the arithmetic that
/// forgers use.
public final class Signing {
  public static final String GATEWAY_AUTH = "aegis v1 gateway auth";
  public static final String AGENT_AUTH = "aegis v1 agent auth";
  public static final String WINDOW = "aegis v1 window";

  /// The order of the base point.
  private static final BigInteger L =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  /// The encoding of the neutral element, which is of order 1.
  public static final byte[] NEUTRAL = Octets.replace(new byte[32], 0, new byte[] {1});

  private Signing() {}

  public static byte[] publicKey(byte[] seed) throws GeneralSecurityException {
    byte[] encoded = pair(seed).getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
  }

  public static byte[] sign(byte[] seed, byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519", "SunEC");
    signature.initSign(pair(seed).getPrivate());
    signature.update(message);
    return signature.sign();
  }

  /// `0x20 × 64 ‖ context ‖ 0x00 ‖ content`
  public static byte[] input(String context, byte[]... content) {
    return Octets.concat(
        Octets.repeat(0x20, 64), Octets.ascii(context), new byte[1], Octets.concat(content));
  }

  /// The same signature with L added to S: what a verifier accepts that does not check S < L.
  public static byte[] withUnreducedScalar(byte[] signature) {
    BigInteger s = number(Arrays.copyOfRange(signature, 32, 64));
    return Octets.concat(Arrays.copyOf(signature, 32), littleEndian(s.add(L)));
  }

  /// A signature over anything, by anybody, under the key [#NEUTRAL]: what a verifier accepts that
  /// does not refuse keys of small order.
  public static byte[] underNeutralKey(byte[] seed) throws GeneralSecurityException {
    return Octets.concat(publicKey(seed), littleEndian(scalar(seed).mod(L)));
  }

  /// The owner's signature whose R is of small order.
  public static byte[] withNeutralR(byte[] seed, byte[] message) throws GeneralSecurityException {
    byte[] hash =
        MessageDigest.getInstance("SHA-512")
            .digest(Octets.concat(NEUTRAL, publicKey(seed), message));
    return Octets.concat(NEUTRAL, littleEndian(number(hash).multiply(scalar(seed)).mod(L)));
  }

  /// The key A + T with T = (0, −1): on the curve, but not in the group of prime order.
  public static byte[] plusPointOfOrderTwo(byte[] publicKey) {
    byte[] y = publicKey.clone();
    y[31] &= 0x7f;
    byte[] sum = littleEndian(P.subtract(number(y))); // (x, y) + (0, −1) = (−x, −y)
    sum[31] |= (byte) (~publicKey[31] & 0x80);
    return sum;
  }

  private static KeyPair pair(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519", "SunEC");
    generator.initialize(NamedParameterSpec.ED25519, new FixedRandom(seed));
    return generator.generateKeyPair();
  }

  /// RFC 8032 5.1.5.
  private static BigInteger scalar(byte[] seed) throws GeneralSecurityException {
    byte[] half = Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), 32);
    half[0] &= (byte) 0xf8;
    half[31] &= 0x7f;
    half[31] |= 0x40;
    return number(half);
  }

  private static BigInteger number(byte[] littleEndian) {
    return new BigInteger(1, reverse(littleEndian));
  }

  private static byte[] littleEndian(BigInteger number) {
    return Arrays.copyOf(reverse(number.toByteArray()), 32);
  }

  private static byte[] reverse(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}
