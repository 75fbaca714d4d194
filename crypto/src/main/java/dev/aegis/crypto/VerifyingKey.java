package dev.aegis.crypto;

import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;

/// An Ed25519 public key that passed the checks of [Ed25519#verifyingKey]. Thread-safe; equal by
/// bytes.
public final class VerifyingKey {
  private final Ed25519 ed25519;
  private final PublicKey key;
  private final byte[] raw;

  VerifyingKey(Ed25519 ed25519, PublicKey key, byte[] raw) {
    this.ed25519 = ed25519;
    this.key = key;
    this.raw = raw;
  }

  /// True when `signature` is a signature of this key over `message`. Wrong lengths, S ≥ L and
  /// small-order or non-canonical R are simply not signatures.
  public boolean verify(byte[] message, byte[] signature) {
    return ed25519.verify(key, message, signature);
  }

  /// A copy of the 32 raw bytes.
  public byte[] bytes() {
    return raw.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifyingKey that && Arrays.equals(raw, that.raw);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(raw);
  }

  /// Base64 of the raw bytes.
  @Override
  public String toString() {
    return Base64.getEncoder().encodeToString(raw);
  }
}
