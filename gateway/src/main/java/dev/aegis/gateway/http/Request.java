package dev.aegis.gateway.http;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A request as routes see it. `path` is split at the slashes; of a query parameter that comes more
/// than once the first counts; `bearer` is the token of the Authorization header.
record Request(
    String method,
    List<String> path,
    Map<String, String> query,
    @Nullable String bearer,
    String body) {
  /// @throws BadRequest it is none
  static UUID uuid(String text) throws BadRequest {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw new BadRequest("not a UUID");
    }
  }
}
