package dev.aegis.protocol;

/// A peer broke the protocol in a way that ends the connection. The peer is told the close code and
/// its constant text, never this message.
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1L;

  private final CloseCode closeCode;

  /// Without a stack trace: a hostile peer decides how often this is thrown.
  public ProtocolException(CloseCode closeCode, String detail) {
    super(detail, null, false, false);
    this.closeCode = closeCode;
  }

  public CloseCode closeCode() {
    return closeCode;
  }
}
