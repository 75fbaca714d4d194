package dev.aegis.crypto;

/// A direction has used all the record numbers its key may be used with. The protocol ends a
/// session long before.
public final class NonceExhaustedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NonceExhaustedException() {
    super("no record number left for this key");
  }
}
