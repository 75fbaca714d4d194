package dev.aegis.store;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A durable subscription as it is kept.
///
/// @param organization its agent's; not written, but read from the agent's row
/// @param filter conditions by name
public record StoredSubscription(
    UUID id,
    String agent,
    String organization,
    String pattern,
    Map<String, String> filter,
    @Nullable String group) {
  public StoredSubscription {
    filter = Map.copyOf(filter);
  }
}
