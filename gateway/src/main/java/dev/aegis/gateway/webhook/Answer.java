package dev.aegis.gateway.webhook;

import org.jspecify.annotations.Nullable;

/// What came of one request.
sealed interface Answer {
  /// The server has answered.
  ///
  /// @param body its beginning, at most [EndpointClient#MOST_BODY_BYTES]
  /// @param whole whether that is all of it
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Response(
      int code,
      @Nullable String contentType,
      @Nullable String retryAfter,
      byte[] body,
      boolean whole)
      implements Answer {}

  /// It has not.
  record None(Why why) implements Answer {}

  /// Why there is no answer.
  enum Why {
    NOT_ALLOWED("the endpoint is not where messages may be posted to"),
    UNKNOWN_HOST("the endpoint's host cannot be found"),
    UNREACHABLE("no connection"),
    TLS("no TLS connection that can be trusted"),
    BROKEN("the connection ended before there was an answer"),
    TIMEOUT("no whole answer in time"),
    NO_ROOM("too many names are being looked up"),
    STOPPED("the gateway is stopping");

    private final String text;

    Why(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
