package dev.aegis.gateway.router;

import org.jspecify.annotations.Nullable;

/// Where router and admin routes write what must not be forgotten. Blocking; called on virtual
/// threads only; throws [dev.aegis.store.StoreException].
@FunctionalInterface
public interface AuditLog {
  /// @param organization whose trail it belongs to; null for that of the agent that it was done to,
  ///   or that did it
  /// @param action a constant word
  void append(
      @Nullable String organization,
      String actor,
      String action,
      String subject,
      @Nullable String detail);
}
