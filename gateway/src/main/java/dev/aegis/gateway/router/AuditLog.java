package dev.aegis.gateway.router;

import org.jspecify.annotations.Nullable;

/// Where router and admin routes write what must not be forgotten. Blocking; called on virtual
/// threads only; throws [dev.aegis.store.StoreException].
@FunctionalInterface
public interface AuditLog {
  /// @param action a constant word
  void append(String actor, String action, String subject, @Nullable String detail);
}
