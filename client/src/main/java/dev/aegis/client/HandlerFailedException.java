package dev.aegis.client;

import dev.aegis.protocol.ErrorCode;

/// The other agent could not answer a request: it has no handler for the type, or its handler
/// failed.
public final class HandlerFailedException extends AegisException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  HandlerFailedException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  /// `NO_HANDLER` or `HANDLER_FAILED`.
  public ErrorCode code() {
    return code;
  }
}
