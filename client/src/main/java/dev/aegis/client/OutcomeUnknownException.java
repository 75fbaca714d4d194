package dev.aegis.client;

/// The gateway stored the message, but the client no longer watches what becomes of it.
public final class OutcomeUnknownException extends AegisException {
  private static final long serialVersionUID = 1L;

  OutcomeUnknownException(String message) {
    super(message);
  }
}
