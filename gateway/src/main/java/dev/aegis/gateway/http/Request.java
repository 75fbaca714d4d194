package dev.aegis.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/// A request as it came.
///
/// @param uri path and query, still encoded
record Request(String method, String uri, HttpHeaders headers, byte[] body) {
  private static final String BEARER = "bearer ";

  @Nullable String header(CharSequence name) {
    return headers.get(name);
  }

  /// The token of the Authorization header, or null.
  @Nullable String bearer() {
    String header = header(HttpHeaderNames.AUTHORIZATION);
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? header.substring(BEARER.length()).strip()
        : null;
  }

  /// The path as it may be logged: without the query.
  String path() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }
}
