package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an operation answers: a status, a media type, a body, and headers of its own. Immutable.
///
/// @param contentType empty where there is no body
/// @param stream what follows instead of the body, or null
record Reply(
    int status,
    String contentType,
    String body,
    Map<String, String> headers,
    @Nullable EventStream stream) {
  private static final String PROBLEM = "application/problem+json";

  Reply {
    headers = Map.copyOf(headers);
  }

  Reply(int status, String contentType, String body, Map<String, String> headers) {
    this(status, contentType, body, headers, null);
  }

  static Reply events(EventStream stream) {
    return new Reply(200, "text/event-stream", "", Map.of(), stream);
  }

  static Reply json(int status, Object value) {
    return new Reply(status, "application/json", Json.write(value), Map.of());
  }

  static Reply text(int status, String contentType, String body) {
    return new Reply(status, contentType, body, Map.of());
  }

  static Reply empty(int status) {
    return new Reply(status, "", "", Map.of());
  }

  /// A problem document (RFC 9457).
  static Reply problem(ProblemCode code, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", code.type());
    problem.put("title", code.title());
    problem.put("status", code.status());
    problem.put("code", code.label());
    problem.put("detail", detail);
    return new Reply(code.status(), PROBLEM, Json.write(problem), Map.of());
  }

  Reply with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new Reply(status, contentType, body, more, stream);
  }

  /// @param millis when the caller should come again, 0 where that does not help
  Reply retryAfter(long millis) {
    return millis <= 0 ? this : with("Retry-After", Long.toString(Math.ceilDiv(millis, 1_000)));
  }
}
