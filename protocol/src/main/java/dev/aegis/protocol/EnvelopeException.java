package dev.aegis.protocol;

/// An envelope that is refused with an error code while the session lives on. The message is a
/// constant text that the peer may see.
public final class EnvelopeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /// Without a stack trace: a hostile peer decides how often this is thrown.
  public EnvelopeException(ErrorCode code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  /// The constant text for the peer.
  public String reason() {
    return String.valueOf(getMessage());
  }
}
