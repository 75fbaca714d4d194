package dev.aegis.store;

import java.util.UUID;

/// A key of the REST API, without its secret.
public record ApiKey(UUID id, Role role, String organization, String name, long createdAtMillis) {
  /// What its bearer may do.
  public enum Role {
    ADMIN,
    SENDER,
    VIEWER
  }
}
