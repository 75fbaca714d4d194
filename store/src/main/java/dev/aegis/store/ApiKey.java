package dev.aegis.store;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A key of the REST API, without its secret. Times are Unix milliseconds, 0 for none.
///
/// @param lastUsedAtMillis to within a minute
public record ApiKey(
    UUID id, Grant grant, long createdAtMillis, long lastUsedAtMillis, long oldUntilMillis) {
  /// What its bearer may do.
  public enum Role {
    ADMIN,
    SENDER,
    VIEWER
  }

  /// What a key is issued for.
  ///
  /// @param scopes some of what the role allows, or null for all of it
  /// @param agentId whom it speaks for, or null
  /// @param expiresAtMillis 0 for never
  /// @param limit requests a second and at once, or null for as many as is configured
  public record Grant(
      Role role,
      String organization,
      String name,
      @Nullable Set<String> scopes,
      @Nullable String agentId,
      long expiresAtMillis,
      @Nullable Limit limit) {
    public Grant {
      scopes = scopes == null ? null : Set.copyOf(scopes);
    }

    /// With all that the role allows, for ever.
    public Grant(Role role, String organization, String name) {
      this(role, organization, name, null, null, 0, null);
    }
  }

  /// @param burst how many may come at once
  public record Limit(int perSecond, int burst) {}

  /// A key with its secret, which is not stored and cannot be shown again.
  public record Issued(ApiKey key, String secret) {}

  public Role role() {
    return grant.role();
  }

  public String organization() {
    return grant.organization();
  }

  public String name() {
    return grant.name();
  }
}
