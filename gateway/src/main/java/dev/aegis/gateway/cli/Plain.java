package dev.aegis.gateway.cli;

import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/// Words of others for people: types, reasons, names and payloads may have any characters, and
/// those that a terminal takes for commands must not reach it.
final class Plain {
  private Plain() {}

  /// As a line: each control character, line breaks included, is U+FFFD.
  static String of(String text) {
    return without(Character::isISOControl, text);
  }

  /// As lines: line breaks and tabs stay.
  static String lines(String text) {
    return without(c -> Character.isISOControl(c) && c != '\n' && c != '\t', text);
  }

  /// JSON that says the same: what it may have as it is and a terminal takes for commands is
  /// escaped.
  static String json(String json) {
    return json.chars().anyMatch(Plain::isLateControl)
        ? json.codePoints()
            .mapToObj(c -> isLateControl(c) ? "\\u%04x".formatted(c) : Character.toString(c))
            .collect(Collectors.joining())
        : json;
  }

  /// DEL and C1; those in front of the space are escaped in any JSON.
  private static boolean isLateControl(int c) {
    return c > ' ' && Character.isISOControl(c);
  }

  private static String without(IntPredicate control, String text) {
    return text.codePoints().anyMatch(control)
        ? text.codePoints()
            .map(c -> control.test(c) ? '\uFFFD' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString()
        : text;
  }
}
