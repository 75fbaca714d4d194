package dev.aegis.gateway.cli;

import dev.aegis.gateway.problem.ProblemCode;
import java.io.IOException;

/// The gateway answered with a problem.
final class ProblemAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  /// @param status of HTTP
  /// @param code of the problem document
  ProblemAnswerException(int status, String code, String detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  int exitCode() {
    if (code.equals(ProblemCode.STORE_UNAVAILABLE.label())) {
      return ExitCode.DATABASE;
    }
    return status < 500 ? ExitCode.REFUSED : ExitCode.FAILED;
  }
}
