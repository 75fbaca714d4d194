package dev.aegis.store;

import java.util.Locale;
import java.util.Optional;

/// What an admin, or the agent itself, says that it is ready for.
public enum AgentStatus {
  /// For everything.
  ACTIVE,
  /// For nothing: it cannot connect and nothing can be sent to it.
  INACTIVE,
  /// For what is sent to it by name, but for no work that goes to whoever is able to do it.
  MAINTENANCE;

  /// The name in JSON and in the database.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<AgentStatus> fromText(String text) {
    for (AgentStatus status : values()) {
      if (status.text().equals(text)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }
}
