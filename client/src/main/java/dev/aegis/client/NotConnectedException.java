package dev.aegis.client;

import org.jspecify.annotations.Nullable;

/// No session could be made in time, or a lost one is not to be made again.
public final class NotConnectedException extends AegisException {
  private static final long serialVersionUID = 1L;

  NotConnectedException(String message, @Nullable Throwable cause) {
    super(message);
    initCause(cause);
  }
}
