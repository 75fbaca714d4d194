package dev.aegis.client;

/// The call makes no sense in the state the client is in, such as sending after close.
public final class InvalidOperationException extends AegisException {
  private static final long serialVersionUID = 1L;

  InvalidOperationException(String message) {
    super(message);
  }
}
