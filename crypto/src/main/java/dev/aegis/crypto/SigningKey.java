package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;

/// An Ed25519 private key with its public half. Thread-safe; never printed.
public final class SigningKey {
  private final KeyedSignature signature;
  private final byte[] seed;
  private final VerifyingKey verifyingKey;

  SigningKey(Ed25519 ed25519, PrivateKey key, byte[] seed, VerifyingKey verifyingKey) {
    this.signature = new KeyedSignature(ed25519, key);
    this.seed = seed;
    this.verifyingKey = verifyingKey;
  }

  /// The 64-byte signature over `message`.
  public byte[] sign(byte[] message) {
    try {
      return signature.sign(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider of " + this + " failed to sign", e);
    }
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
