package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.Arrays;
import java.util.Base64;

/// An Ed25519 public key that passed the checks of [Ed25519#verifyingKey]. Thread-safe; equal by
/// bytes.
public final class VerifyingKey {
  private final KeyedSignature signature;
  private final byte[] raw;

  VerifyingKey(Ed25519 ed25519, PublicKey key, byte[] raw) {
    this.signature = new KeyedSignature(ed25519, key);
    this.raw = raw;
  }

  /// True when `bytes` are a signature of this key over `message`. Wrong lengths, S ≥ L and
  /// small-order or non-canonical R are simply not signatures.
  public boolean verify(byte[] message, byte[] bytes) {
    if (bytes.length != Ed25519.SIGNATURE_BYTES
        || !Ed25519Encoding.isAcceptablePoint(bytes, 0)
        || !Ed25519Encoding.isCanonicalScalar(bytes, Ed25519.KEY_BYTES)) {
      return false;
    }
    try {
      return signature.verify(message, bytes);
    } catch (SignatureException e) {
      return false; // how some providers say "no"
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider of " + this + " failed to verify", e);
    }
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
