package dev.aegis.gateway.http;

import dev.aegis.store.ApiKey;
import org.jspecify.annotations.Nullable;

/// Who calls the stored-messages routes.
///
/// @param actor the name in the audit log
/// @param admin whether dead letters may be settled
/// @param organization whose messages are shown, or null for all
record Caller(String actor, boolean admin, @Nullable String organization) {
  /// Whoever holds the admin token of the data directory.
  static final Caller ADMIN = new Caller(Audit.ADMIN, true, null);

  static Caller of(ApiKey key) {
    return new Caller("api." + key.name(), key.role() == ApiKey.Role.ADMIN, key.organization());
  }

  boolean sees(String theirs) {
    return organization == null || organization.equals(theirs);
  }
}
