package dev.aegis.gateway.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request as routes see it. `path` is split at the slashes; of a query parameter that comes more
/// than once the first counts; `bearer` is the token of the Authorization header.
record Request(
    String method,
    List<String> path,
    Map<String, String> query,
    @Nullable String bearer,
    String body) {}
