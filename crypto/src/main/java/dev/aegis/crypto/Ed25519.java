package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/// Ed25519 (RFC 8032, pure) by one JCA provider, behind checks of our own.
///
/// Thread-safe. Keys remember the provider they were made with.
public final class Ed25519 {
  /// Length of a seed and of a public key, in bytes.
  public static final int KEY_BYTES = 32;

  /// Length of a signature, in bytes.
  public static final int SIGNATURE_BYTES = 64;

  private final Provider provider;
  private final Provider keys;
  private final String algorithm;

  /// @param keys the provider that reads keys, where `provider` has none that does
  Ed25519(Provider provider, Provider keys, String algorithm) {
    this.provider = provider;
    this.keys = keys;
    this.algorithm = algorithm;
  }

  Provider provider() {
    return provider;
  }

  public SigningKey generate(SecureRandom random) {
    byte[] seed = new byte[KEY_BYTES];
    random.nextBytes(seed);
    return signingKey(seed);
  }

  /// The key of a 32-byte seed (RFC 8032 §5.1.5).
  public SigningKey signingKey(byte[] seed) {
    if (seed.length != KEY_BYTES) {
      throw new IllegalArgumentException("an Ed25519 seed has 32 bytes");
    }
    byte[] publicKey = new byte[KEY_BYTES];
    org.bouncycastle.math.ec.rfc8032.Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    try {
      PrivateKey key =
          KeyFactory.getInstance(algorithm, keys)
              .generatePrivate(new PKCS8EncodedKeySpec(RawKeys.ED25519_PRIVATE.encode(seed)));
      return new SigningKey(this, key, seed.clone(), verifyingKey(publicKey));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " refused an Ed25519 seed", e);
    }
  }

  /// A peer's public key.
  ///
  /// @throws InvalidKeyException wrong length, non-canonical, not on the curve, or not of the prime
  ///   order
  public VerifyingKey verifyingKey(byte[] raw) throws InvalidKeyException {
    if (raw.length != KEY_BYTES
        || !Ed25519Encoding.isAcceptablePoint(raw, 0)
        || !org.bouncycastle.math.ec.rfc8032.Ed25519.validatePublicKeyFull(raw, 0)) {
      throw new InvalidKeyException("not an acceptable Ed25519 public key");
    }
    try {
      PublicKey key =
          KeyFactory.getInstance(algorithm, keys)
              .generatePublic(new X509EncodedKeySpec(RawKeys.ED25519_PUBLIC.encode(raw)));
      return new VerifyingKey(this, key, raw.clone());
    } catch (GeneralSecurityException e) {
      throw new InvalidKeyException("not an acceptable Ed25519 public key", e);
    }
  }

  /// What signs with a private key, or verifies with a public one, once and again.
  Signature prepare(Key key) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(algorithm, provider);
    if (key instanceof PrivateKey privateKey) {
      signature.initSign(privateKey);
    } else {
      signature.initVerify((PublicKey) key);
    }
    return signature;
  }
}
