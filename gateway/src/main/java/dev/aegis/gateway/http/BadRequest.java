package dev.aegis.gateway.http;

/// A request that is answered with 400; the message is for the caller.
final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  BadRequest(String detail) {
    super(detail, null, false, false);
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
