package dev.aegis.gateway.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request as routes see it. `path` is split at the slashes; `bearer` is the token of the
/// Authorization header.
record Request(String method, List<String> path, @Nullable String bearer, String body) {}
