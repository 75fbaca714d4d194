package dev.aegis.gateway.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One operation of the API: a method and a path template to a piece of code, with what is checked
/// before it runs. Immutable.
///
/// @param templates paths whose segments are words, or `{names}` of variables; all of them answer
///   alike
/// @param scope what a caller needs, or null where everybody may
/// @param orScope what does as well, or null for nothing; the operation looks what it is enough for
/// @param once the query parameters that may come once
/// @param often those that may come more than once
/// @param maxBodyBytes a larger body is refused
/// @param repeatable whether an Idempotency-Key makes a repeat of it harmless
record Route(
    String method,
    List<String> templates,
    @Nullable Scope scope,
    @Nullable Scope orScope,
    Set<String> once,
    Set<String> often,
    int maxBodyBytes,
    boolean repeatable,
    Operation operation) {
  private static final int BODY_BYTES = 64 * 1024;

  Route {
    templates = List.copyOf(templates);
    once = Set.copyOf(once);
    often = Set.copyOf(often);
  }

  private static Route of(String method, String template, Operation operation) {
    return new Route(
        method, List.of(template), null, null, Set.of(), Set.of(), BODY_BYTES, false, operation);
  }

  static Route get(String template, Operation operation) {
    return of("GET", template, operation);
  }

  static Route post(String template, Operation operation) {
    return of("POST", template, operation);
  }

  static Route put(String template, Operation operation) {
    return of("PUT", template, operation);
  }

  static Route patch(String template, Operation operation) {
    return of("PATCH", template, operation);
  }

  static Route delete(String template, Operation operation) {
    return of("DELETE", template, operation);
  }

  /// Another path to the same.
  Route also(String template) {
    List<String> more = new ArrayList<>(templates);
    more.add(template);
    return new Route(
        method, more, scope, orScope, once, often, maxBodyBytes, repeatable, operation);
  }

  Route needs(Scope needed) {
    return new Route(
        method, templates, needed, orScope, once, often, maxBodyBytes, repeatable, operation);
  }

  /// Another scope that does.
  Route orNeeds(Scope other) {
    return new Route(
        method, templates, scope, other, once, often, maxBodyBytes, repeatable, operation);
  }

  Route query(String... names) {
    return new Route(
        method,
        templates,
        scope,
        orScope,
        Set.of(names),
        often,
        maxBodyBytes,
        repeatable,
        operation);
  }

  Route queryOften(String... names) {
    return new Route(
        method,
        templates,
        scope,
        orScope,
        once,
        Set.of(names),
        maxBodyBytes,
        repeatable,
        operation);
  }

  Route withBody(int maxBytes) {
    return new Route(
        method, templates, scope, orScope, once, often, maxBytes, repeatable, operation);
  }

  Route idempotent() {
    return new Route(method, templates, scope, orScope, once, often, maxBodyBytes, true, operation);
  }
}
