package dev.aegis.gateway.cli;

/// Words of agents as a line for people: types, reasons and names may have any characters, and
/// those that a terminal takes for commands must not reach it.
final class Plain {
  private Plain() {}

  /// Each control character, line breaks included, is U+FFFD.
  static String of(String text) {
    return text.codePoints().anyMatch(Character::isISOControl)
        ? text.codePoints()
            .map(c -> Character.isISOControl(c) ? '\uFFFD' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString()
        : text;
  }
}
