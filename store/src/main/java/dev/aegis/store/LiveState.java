package dev.aegis.store;

import java.util.Locale;
import java.util.Optional;

/// How sure it is that an agent is there.
public enum LiveState {
  /// Connected, or heard of a moment ago.
  HEALTHY,
  /// It was there not long ago.
  SUSPECT,
  OFFLINE;

  /// The name in JSON and in the database.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<LiveState> fromText(String text) {
    for (LiveState state : values()) {
      if (state.text().equals(text)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
