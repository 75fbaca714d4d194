package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Signs or verifies with one key. Thread-safe.
///
/// What a provider prepared for the key is kept, from the second time on: most keys of idle
/// connections serve once, in the handshake. Conscrypt's has memory of the system and a finalizer:
/// one for each signature, and every collection of the heap stops the process for as long as
/// thousands of finalizers take.
final class KeyedSignature {
  private final Ed25519 ed25519;
  private final Key key;
  private final AtomicReference<@Nullable Signature> idle = new AtomicReference<>();
  private volatile boolean served;

  KeyedSignature(Ed25519 ed25519, PrivateKey key) {
    this.ed25519 = ed25519;
    this.key = key;
  }

  KeyedSignature(Ed25519 ed25519, PublicKey key) {
    this.ed25519 = ed25519;
    this.key = key;
  }

  byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = take();
    signature.update(message);
    byte[] bytes = signature.sign();
    keep(signature);
    return bytes;
  }

  boolean verify(byte[] message, byte[] bytes) throws GeneralSecurityException {
    Signature signature = take();
    signature.update(message);
    boolean valid = signature.verify(bytes);
    keep(signature);
    return valid;
  }

  private void keep(Signature signature) {
    if (served) {
      idle.set(signature);
    }
    served = true;
  }

  /// One that nobody else has; after an exception it is not kept.
  private Signature take() throws GeneralSecurityException {
    Signature kept = idle.getAndSet(null);
    return kept == null ? ed25519.prepare(key) : kept;
  }
}
