package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import javax.crypto.KeyAgreement;

/// X25519 key agreement (RFC 7748) by one JCA provider. Thread-safe.
public final class X25519 {
  /// Length of a private key, a public key and a shared secret, in bytes.
  public static final int KEY_BYTES = 32;

  private final Provider provider;
  private final String algorithm;

  X25519(Provider provider, String algorithm) {
    this.provider = provider;
    this.algorithm = algorithm;
  }

  Provider provider() {
    return provider;
  }

  public KeyPair generate(SecureRandom random) {
    byte[] scalar = new byte[KEY_BYTES];
    random.nextBytes(scalar);
    return keyPair(scalar);
  }

  /// The pair of a 32-byte private key; clamping is done as RFC 7748 §5 says.
  public KeyPair keyPair(byte[] privateKey) {
    if (privateKey.length != KEY_BYTES) {
      throw new IllegalArgumentException("an X25519 private key has 32 bytes");
    }
    byte[] publicKey = new byte[KEY_BYTES];
    org.bouncycastle.math.ec.rfc7748.X25519.generatePublicKey(privateKey, 0, publicKey, 0);
    try {
      PrivateKey key =
          KeyFactory.getInstance(algorithm, provider)
              .generatePrivate(new PKCS8EncodedKeySpec(RawKeys.X25519_PRIVATE.encode(privateKey)));
      return new KeyPair(this, key, publicKey);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " refused an X25519 key", e);
    }
  }

  private byte[] agree(PrivateKey own, byte[] peer) throws InvalidKeyException {
    if (peer.length != KEY_BYTES) {
      throw new InvalidKeyException("an X25519 public key has 32 bytes");
    }
    byte[] secret;
    try {
      PublicKey key =
          KeyFactory.getInstance(algorithm, provider)
              .generatePublic(new X509EncodedKeySpec(RawKeys.X25519_PUBLIC.encode(peer)));
      KeyAgreement agreement = KeyAgreement.getInstance(algorithm, provider);
      agreement.init(own);
      agreement.doPhase(key, true);
      secret = agreement.generateSecret();
    } catch (GeneralSecurityException | IllegalStateException e) {
      throw new InvalidKeyException("not an acceptable X25519 public key", e);
    }
    int bits = 0;
    for (byte b : secret) {
      bits |= b;
    }
    if (secret.length != KEY_BYTES || bits == 0) {
      throw new InvalidKeyException("all-zero X25519 result"); // RFC 7748 §6.1
    }
    return secret;
  }

  /// An ephemeral key pair. Thread-safe.
  public static final class KeyPair {
    private final X25519 x25519;
    private final PrivateKey privateKey;
    private final byte[] publicKey;

    KeyPair(X25519 x25519, PrivateKey privateKey, byte[] publicKey) {
      this.x25519 = x25519;
      this.privateKey = privateKey;
      this.publicKey = publicKey;
    }

    public byte[] publicKey() {
      return publicKey.clone();
    }

    /// The 32-byte shared secret with `peer`.
    ///
    /// @throws InvalidKeyException wrong length, or a point that makes the result all zero
    public byte[] agree(byte[] peer) throws InvalidKeyException {
      return x25519.agree(privateKey, peer);
    }
  }
}
