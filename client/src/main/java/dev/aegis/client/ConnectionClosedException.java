package dev.aegis.client;

import dev.aegis.protocol.CloseCode;

/// The gateway ended the session in a way that connecting again would not mend, or the client was
/// closed.
public final class ConnectionClosedException extends AegisException {
  private static final long serialVersionUID = 1L;

  private final CloseCode closeCode;

  ConnectionClosedException(CloseCode closeCode) {
    super("connection closed: " + closeCode.wire() + " " + closeCode.text());
    this.closeCode = closeCode;
  }

  public CloseCode closeCode() {
    return closeCode;
  }
}
