package dev.aegis.gateway.http;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A request that has found its route and whose caller may use it.
///
/// @param variables of the path
/// @param newId a new id for what is made; the same one where an attempt that never ended is made
///   again under its Idempotency-Key
record Call(
    Request request,
    Map<String, String> variables,
    Map<String, List<String>> query,
    Caller caller,
    Supplier<UUID> newId) {
  String variable(String name) {
    String value = variables.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the template has no " + name);
    }
    return value;
  }

  /// @throws ProblemException it is no UUID
  UUID uuid(String name) throws ProblemException {
    return Fields.uuid(name, variable(name));
  }

  @Nullable String parameter(String name) {
    List<String> values = query.get(name);
    return values == null ? null : values.getFirst();
  }

  List<String> parameters(String name) {
    return query.getOrDefault(name, List.of());
  }

  /// The body.
  ///
  /// @param known all fields that it may have
  /// @throws ProblemException it is no JSON object, or has others
  Fields fields(String... known) throws ProblemException {
    return Fields.of(request, known);
  }
}
