package dev.aegis.gateway.config;

import java.util.List;
import java.util.Locale;

/// One thing that can be configured. File, environment, flags, `aegis config` and the reference in
/// the documentation are all made of these.
///
/// @param key how the file names it, its nesting written with dots
/// @param fallback the value where nothing is said, empty for none
/// @param description what it does, as a sentence without its full stop
/// @param secret whether the value must never be shown
/// @param aliases variables of the environment that count where nothing else names a value
public record Setting<T>(
    String key,
    Kind<T> kind,
    String fallback,
    String description,
    boolean secret,
    List<String> aliases) {
  static <T> Setting<T> of(String key, Kind<T> kind, String fallback, String description) {
    return new Setting<>(key, kind, fallback, description, false, List.of());
  }

  Setting<T> asSecret() {
    return new Setting<>(key, kind, fallback, description, true, aliases);
  }

  Setting<T> withAliases(String... names) {
    return new Setting<>(key, kind, fallback, description, secret, List.of(names));
  }

  /// What a value of it must look like, for people.
  public String allowed() {
    return kind.allowed();
  }

  /// Whether it is turned on and off, so that the flag alone turns it on.
  public boolean isSwitch() {
    return kind.equals(Kinds.SWITCH);
  }

  /// Its variable in the environment.
  public String environment() {
    return "AEGIS_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// Its flag on the command line.
  public String flag() {
    return "--" + key.replace('.', '-');
  }

  /// The value as it may be shown.
  String shown(String text) {
    return secret && !text.isEmpty() ? "***" : kind.mask().apply(text);
  }
}
