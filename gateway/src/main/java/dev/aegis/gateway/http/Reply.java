package dev.aegis.gateway.http;

import java.util.LinkedHashMap;
import java.util.Map;

/// What a route answers: a status, a media type and a body.
///
/// @param retryAfterMillis when the caller should come again, 0 where that does not help
record Reply(int status, String contentType, String body, long retryAfterMillis) {
  Reply(int status, String contentType, String body) {
    this(status, contentType, body, 0);
  }

  Reply retryAfter(long millis) {
    return new Reply(status, contentType, body, millis);
  }

  static Reply json(int status, Object value) {
    return new Reply(status, "application/json", Json.write(value));
  }

  static Reply text(int status, String contentType, String body) {
    return new Reply(status, contentType, body);
  }

  /// A problem document (RFC 9457) with a stable code.
  static Reply problem(int status, String code, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "about:blank");
    problem.put("title", code);
    problem.put("status", status);
    problem.put("code", code);
    problem.put("detail", detail);
    return new Reply(status, "application/problem+json", Json.write(problem));
  }
}
