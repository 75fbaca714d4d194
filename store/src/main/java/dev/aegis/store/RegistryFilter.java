package dev.aegis.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which agents are listed; null matches everything.
///
/// @param capabilities names that an agent must all have
public record RegistryFilter(
    @Nullable String organization,
    @Nullable AgentStatus status,
    @Nullable String type,
    List<String> capabilities,
    @Nullable LiveState state,
    @Nullable String namePrefix) {
  public RegistryFilter {
    capabilities = List.copyOf(capabilities);
  }
}
