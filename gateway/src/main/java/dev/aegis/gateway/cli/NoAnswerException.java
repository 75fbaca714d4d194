package dev.aegis.gateway.cli;

import java.io.IOException;

/// What was waited for did not come in time.
final class NoAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  NoAnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
