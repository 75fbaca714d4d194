package dev.aegis.crypto;

/// A direction has used all the record numbers its key may be used with. Whoever seals asks
/// [RecordSealer#remaining] and ends the session before.
public final class NonceExhaustedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NonceExhaustedException() {
    super("no record number left for this key");
  }
}
