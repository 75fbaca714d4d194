package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;

/// What became of a message that was submitted through the REST API.
public sealed interface SubmitResult {
  /// On disk.
  ///
  /// @param duplicate it was there before
  record Stored(long mailboxEpoch, long sequence, boolean duplicate) implements SubmitResult {}

  /// On disk for so many subscribers of a topic.
  ///
  /// @param duplicate all of it was there before
  record Published(int copies, boolean duplicate) implements SubmitResult {}

  /// Best-effort: handed on to this many connected agents.
  record Sent(int recipients) implements SubmitResult {}

  /// Not taken.
  ///
  /// @param reason a constant text
  /// @param retryAfterMillis 0 where a retry does not help
  record Refused(ErrorCode code, String reason, long retryAfterMillis) implements SubmitResult {}

  /// Of a durable message to a topic.
  static SubmitResult of(StoredPublication.Result result) {
    dev.aegis.gateway.router.Refused why = result.refused();
    return why != null
        ? new Refused(why.code(), why.reason(), why.retryAfterMillis())
        : new Published(result.copies(), result.repeat());
  }
}
