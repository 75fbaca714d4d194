package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;

/// Ends a request with a problem document; the message is for the caller.
final class ProblemException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;
  private final long retryAfterMillis;

  ProblemException(ProblemCode code, String detail) {
    this(code, detail, 0);
  }

  /// @param retryAfterMillis when the caller should come again, 0 where that does not help
  ProblemException(ProblemCode code, String detail, long retryAfterMillis) {
    super(detail, null, false, false);
    this.code = code;
    this.retryAfterMillis = retryAfterMillis;
  }

  /// A value that is not allowed.
  static ProblemException invalid(String detail) {
    return new ProblemException(ProblemCode.INVALID_REQUEST, detail);
  }

  ProblemCode code() {
    return code;
  }

  Reply reply() {
    return Reply.problem(code, String.valueOf(getMessage())).retryAfter(retryAfterMillis);
  }
}
