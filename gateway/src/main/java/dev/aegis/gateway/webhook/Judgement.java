package dev.aegis.gateway.webhook;

import dev.aegis.protocol.ErrorCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What an answer means for the message and for its endpoint.
///
/// @param result for the metrics
/// @param code why the message was not delivered, null where it was
/// @param error likewise, for people
/// @param pauseMillis how long the server asks to be left alone, 0 for no such wish
/// @param hostFails whether another request to the same host would probably fail too
record Judgement(
    Result result,
    @Nullable ErrorCode code,
    @Nullable String error,
    long pauseMillis,
    boolean hostFails) {
  /// What became of an attempt; bounded, for labels.
  enum Result {
    DELIVERED,
    /// By what the message is, as the server says (4xx, 3xx).
    REFUSED,
    /// By the server (5xx), or the connection.
    FAILED,
    TIMEOUT,
    /// The address is not allowed, or the certificate not trusted.
    DENIED,
    /// The server says that there is no such endpoint for good.
    GONE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int GONE = 410;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;

  /// @param longestPauseMillis how long a server may ask to be left alone
  static Judgement of(Answer answer, Instant now, long longestPauseMillis) {
    return switch (answer) {
      case Answer.None(Answer.Why why) -> unanswered(why);
      case Answer.Response response -> answered(response, now, longestPauseMillis);
    };
  }

  private static Judgement unanswered(Answer.Why why) {
    return switch (why) {
      case TIMEOUT -> failed(Result.TIMEOUT, ErrorCode.TIMEOUT, why.text(), 0, true);
      case NOT_ALLOWED, TLS ->
          failed(Result.DENIED, ErrorCode.RECIPIENT_OFFLINE, why.text(), 0, true);
      case UNKNOWN_HOST, UNREACHABLE, BROKEN ->
          failed(Result.FAILED, ErrorCode.RECIPIENT_OFFLINE, why.text(), 0, true);
      case NO_ROOM, STOPPED -> // the gateway's own affair
          failed(Result.FAILED, ErrorCode.RECIPIENT_OFFLINE, why.text(), 0, false);
    };
  }

  private static Judgement answered(Answer.Response response, Instant now, long longestPause) {
    int code = response.code();
    if (code >= 200 && code < 300) {
      return new Judgement(Result.DELIVERED, null, null, 0, false);
    }
    if (code == GONE) {
      return failed(Result.GONE, ErrorCode.RECIPIENT_OFFLINE, "the endpoint is gone", 0, false);
    }
    if (code == TOO_MANY_REQUESTS || code == UNAVAILABLE) {
      long pause = Math.min(longestPause, pause(response.retryAfter(), now));
      return code == UNAVAILABLE
          ? failed(Result.FAILED, ErrorCode.OVERLOADED, "the server is overloaded", pause, true)
          : failed(Result.REFUSED, ErrorCode.RATE_LIMITED, "too many requests", pause, pause == 0);
    }
    if (code >= 300 && code < 400) {
      return failed(
          Result.REFUSED, ErrorCode.HANDLER_FAILED, "redirects are not followed", 0, false);
    }
    return code < 500
        ? failed(Result.REFUSED, ErrorCode.HANDLER_FAILED, "the server refuses it", 0, false)
        : failed(Result.FAILED, ErrorCode.HANDLER_FAILED, "the server fails", 0, true);
  }

  private static Judgement failed(
      Result result, ErrorCode code, String error, long pauseMillis, boolean hostFails) {
    return new Judgement(result, code, error, pauseMillis, hostFails);
  }

  /// Of a Retry-After (RFC 9110, 10.2.3): seconds, or a date.
  private static long pause(@Nullable String retryAfter, Instant now) {
    if (retryAfter == null) {
      return 0;
    }
    String text = retryAfter.strip();
    try {
      if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return text.length() > 9 ? Long.MAX_VALUE : Long.parseLong(text) * 1_000;
      }
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, until.toEpochMilli() - now.toEpochMilli());
    } catch (DateTimeException _) {
      return 0; // as good as none
    }
  }
}
