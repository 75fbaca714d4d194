package dev.aegis.crypto;

/// Sealed bytes did not open: altered, truncated, out of order, or sealed under another key.
/// Carries no detail on purpose.
public final class AuthenticationException extends Exception {
  private static final long serialVersionUID = 1L;

  /// Without a stack trace: a hostile peer decides how often this is thrown.
  public AuthenticationException() {
    super("authentication failed", null, false, false);
  }
}
