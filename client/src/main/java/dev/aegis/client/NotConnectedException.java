package dev.aegis.client;

/// No session could be made in time.
public final class NotConnectedException extends AegisException {
  private static final long serialVersionUID = 1L;

  NotConnectedException(String message) {
    super(message);
  }
}
