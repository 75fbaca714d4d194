package dev.aegis.gateway.config;

import java.util.Locale;

/// Where a value came from.
///
/// @param name the flag, the variable, or the file and line
public record Source(Origin origin, String name) {
  static final Source DEFAULT = new Source(Origin.DEFAULT, "default");

  /// From the strongest to the weakest.
  public enum Origin {
    FLAG,
    ENVIRONMENT,
    FILE,
    /// A variable that other programs use too.
    ALIAS,
    DEFAULT;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
