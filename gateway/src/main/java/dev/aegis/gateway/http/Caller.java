package dev.aegis.gateway.http;

import dev.aegis.store.ApiKey;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who calls, and what it may do.
///
/// @param id tells callers apart, for limits and idempotency; stays the same when a key is rotated
/// @param actor the name in the audit log
/// @param organization whose agents and messages it reaches, or null for all
record Caller(String id, String actor, Set<Scope> scopes, @Nullable String organization) {
  /// Whoever holds the admin token of the data directory.
  static final Caller ADMIN = new Caller("admin", Audit.ADMIN, EnumSet.allOf(Scope.class), null);

  /// Whoever calls what is open to all.
  static final Caller ANYBODY = new Caller("anybody", "anybody", Set.of(), "");

  Caller {
    scopes = Set.copyOf(scopes);
  }

  static Caller of(ApiKey key) {
    return new Caller(
        key.id().toString(), "api." + key.name(), Scope.of(key.role()), key.organization());
  }

  boolean may(Scope scope) {
    return scopes.contains(scope);
  }

  boolean sees(String theirs) {
    return organization == null || organization.equals(theirs);
  }

  /// Whether it may do what an agent of its organization does for itself.
  boolean speaksFor(String agent) {
    return true;
  }

  /// The agent that its messages come from.
  String sender() {
    return actor;
  }

  /// The organization that it acts in.
  String home() {
    return organization == null ? "default" : organization;
  }
}
