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
/// @param agentId the agent that it speaks for, or null
record Caller(
    String id,
    String actor,
    Set<Scope> scopes,
    @Nullable String organization,
    @Nullable String agentId) {
  /// Whoever holds the admin token of the data directory.
  static final Caller ADMIN =
      new Caller("admin", Audit.ADMIN, EnumSet.allOf(Scope.class), null, null);

  /// Whoever has the key of the configuration.
  static final Caller CONFIGURED =
      new Caller("configured", "api.configured", EnumSet.allOf(Scope.class), "default", null);

  /// Whoever calls what is open to all.
  static final Caller ANYBODY = new Caller("anybody", "anybody", Set.of(), "", null);

  Caller {
    scopes = Set.copyOf(scopes);
  }

  /// Whoever holds the admin token, where a request is about one organization.
  static Caller adminOf(String organization) {
    return new Caller(ADMIN.id, ADMIN.actor, ADMIN.scopes, organization, null);
  }

  static Caller of(ApiKey key) {
    return new Caller(
        key.id().toString(),
        "api." + key.name(),
        scopes(key),
        key.organization(),
        key.grant().agentId());
  }

  /// What a key may do: as it was issued, and never more than its role allows.
  static Set<Scope> scopes(ApiKey key) {
    Set<String> chosen = key.grant().scopes();
    Set<Scope> scopes = Scope.of(key.role());
    if (chosen != null) {
      scopes.removeIf(scope -> !chosen.contains(scope.label()));
    }
    return scopes;
  }

  boolean may(Scope scope) {
    return scopes.contains(scope);
  }

  boolean sees(String theirs) {
    return organization == null || organization.equals(theirs);
  }

  /// Whether it may do what an agent of its organization does for itself.
  boolean speaksFor(String agent) {
    return agentId == null || agentId.equals(agent);
  }

  /// The agent that its messages come from.
  String sender() {
    return agentId == null ? actor : agentId;
  }

  /// Whether the mailbox of an agent that it sees is open to it.
  boolean mayActFor(String agent) {
    return may(Scope.AGENTS_WRITE) || sender().equals(agent);
  }

  /// The organization that it acts in.
  String home() {
    return organization == null ? "default" : organization;
  }
}
