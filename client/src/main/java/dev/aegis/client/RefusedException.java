package dev.aegis.client;

import dev.aegis.protocol.ErrorCode;
import java.time.Duration;

/// The gateway refused a message or a subscription, or it ended as failed, expired or dead.
public final class RefusedException extends AegisException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final long retryAfterMillis;

  RefusedException(ErrorCode code, String reason, long retryAfterMillis) {
    super(code.label() + ": " + reason);
    this.code = code;
    this.retryAfterMillis = retryAfterMillis;
  }

  public ErrorCode code() {
    return code;
  }

  /// When to try again, zero for never.
  public Duration retryAfter() {
    return Duration.ofMillis(retryAfterMillis);
  }
}
