package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Versions of a resource as entity tags (RFC 9110, section 8.8.3): version 3 is `"3"`. Whoever
/// replaces all of a resource must say which version it has seen; a change of some fields may.
final class Versions {
  private Versions() {}

  static String tag(long version) {
    return "\"" + version + "\"";
  }

  /// @throws ProblemException If-Match names other versions
  static void check(Request request, long version) throws ProblemException {
    String wanted = request.header(HttpHeaderNames.IF_MATCH);
    if (wanted != null && !names(wanted, version)) {
      throw mismatch();
    }
  }

  /// @throws ProblemException nor is it missing
  static void require(Request request, long version) throws ProblemException {
    if (request.header(HttpHeaderNames.IF_MATCH) == null) {
      throw new ProblemException(
          ProblemCode.VERSION_REQUIRED, "If-Match: the ETag of what is replaced, or *");
    }
    check(request, version);
  }

  static ProblemException mismatch() {
    return new ProblemException(
        ProblemCode.VERSION_MISMATCH, "it has changed since; read it again");
  }

  /// Whether the caller has this version already.
  static boolean isKnown(Request request, long version) {
    String known = request.header(HttpHeaderNames.IF_NONE_MATCH);
    return known != null && names(known, version);
  }

  private static boolean names(@Nullable String tags, long version) {
    return tags != null
        && (tags.strip().equals("*")
            || Arrays.stream(tags.split(",", -1)).anyMatch(t -> t.strip().equals(tag(version))));
  }
}
