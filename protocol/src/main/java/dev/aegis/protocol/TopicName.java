package dev.aegis.protocol;

import org.jspecify.annotations.Nullable;

/// The rule for topics (PROTOCOL.md 6.2): up to [#MAX_TOKENS] tokens of letters, digits, `_`, `-`
/// and `@`, joined by dots, [#MAX_BYTES] in all.
public final class TopicName {
  public static final int MAX_BYTES = 255;
  public static final int MAX_TOKENS = 16;

  /// What stands before the name in an address.
  public static final String PREFIX = "topic:";

  private TopicName() {}

  /// The name in an address of a message, or null where that is no topic's.
  public static @Nullable String ofAddress(String to) {
    return to.startsWith(PREFIX) ? to.substring(PREFIX.length()) : null;
  }

  public static boolean isValid(String name) {
    return hasValidTokens(name, false);
  }

  /// @param wild whether `*` may be a token and `>` the last one
  static boolean hasValidTokens(String name, boolean wild) {
    int length = name.length();
    if (length == 0 || length > MAX_BYTES) {
      return false;
    }
    int tokens = 1;
    int start = 0;
    for (int i = 0; i <= length; i++) {
      if (i < length && name.charAt(i) != '.') {
        continue;
      }
      if (!isToken(name, start, i, wild)) {
        return false;
      }
      if (i < length) {
        tokens++;
        start = i + 1;
      }
    }
    return tokens <= MAX_TOKENS;
  }

  private static boolean isToken(String name, int start, int end, boolean wild) {
    if (wild && end - start == 1) {
      char only = name.charAt(start);
      if (only == '*' || (only == '>' && end == name.length())) {
        return true;
      }
    }
    for (int i = start; i < end; i++) {
      char c = name.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-'
              || c == '@';
      if (!allowed) {
        return false;
      }
    }
    return end > start;
  }
}
