package dev.aegis.client;

import dev.aegis.protocol.CloseCode;
import org.jspecify.annotations.Nullable;

/// The session ended in a way that connecting again would not mend, or the client was closed.
public final class ConnectionClosedException extends AegisException {
  private static final long serialVersionUID = 1L;

  private final CloseCode closeCode;

  ConnectionClosedException(CloseCode closeCode, @Nullable Throwable cause) {
    super("connection closed: " + closeCode.wire() + " " + closeCode.text());
    this.closeCode = closeCode;
    initCause(cause);
  }

  public CloseCode closeCode() {
    return closeCode;
  }
}
