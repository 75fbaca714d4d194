package dev.aegis.gateway.http;

/// Finds out who calls: the one place that looks at keys. Blocking.
@FunctionalInterface
interface Authenticator {
  /// @throws ProblemException there is no valid key
  Caller authenticate(Request request) throws ProblemException;
}
