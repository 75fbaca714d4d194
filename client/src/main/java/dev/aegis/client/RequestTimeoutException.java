package dev.aegis.client;

/// No response came within the timeout.
public final class RequestTimeoutException extends AegisException {
  private static final long serialVersionUID = 1L;

  RequestTimeoutException(String message) {
    super(message);
  }
}
