package dev.aegis.crypto;

import java.security.PrivateKey;

/// An Ed25519 private key with its public half. Thread-safe; never printed.
public final class SigningKey {
  private final Ed25519 ed25519;
  private final PrivateKey key;
  private final byte[] seed;
  private final VerifyingKey verifyingKey;

  SigningKey(Ed25519 ed25519, PrivateKey key, byte[] seed, VerifyingKey verifyingKey) {
    this.ed25519 = ed25519;
    this.key = key;
    this.seed = seed;
    this.verifyingKey = verifyingKey;
  }

  /// The 64-byte signature over `message`.
  public byte[] sign(byte[] message) {
    return ed25519.sign(key, message);
  }

  public VerifyingKey verifyingKey() {
    return verifyingKey;
  }

  /// A copy of the secret seed, for the owner to keep.
  public byte[] seed() {
    return seed.clone();
  }

  @Override
  public String toString() {
    return "SigningKey of " + verifyingKey;
  }
}
