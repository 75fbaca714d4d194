package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;

/// What became of a message that was submitted through the REST API.
public sealed interface SubmitResult {
  /// On disk.
  ///
  /// @param duplicate it was there before
  record Stored(long mailboxEpoch, long sequence, boolean duplicate) implements SubmitResult {}

  /// Best-effort: handed on to this many connected agents.
  record Sent(int recipients) implements SubmitResult {}

  /// Not taken.
  ///
  /// @param reason a constant text
  /// @param retryAfterMillis 0 where a retry does not help
  record Refused(ErrorCode code, String reason, long retryAfterMillis) implements SubmitResult {}
}
