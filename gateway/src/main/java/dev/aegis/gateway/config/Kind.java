package dev.aegis.gateway.config;

import java.util.function.UnaryOperator;

/// How the values of a setting are written.
///
/// @param allowed says what is allowed, for people, to stand after "allowed:"
/// @param mask makes a value fit to be shown
record Kind<T>(String allowed, Parser<T> parser, UnaryOperator<String> mask) {
  static <T> Kind<T> of(String allowed, Parser<T> parser) {
    return new Kind<>(allowed, parser, UnaryOperator.identity());
  }

  /// Reads a value.
  interface Parser<T> {
    /// @throws IllegalArgumentException the text is not such a value; its message may say more
    T parse(String text);
  }
}
