package dev.aegis.protocol;

/// The rule for agent names: `[A-Za-z0-9][A-Za-z0-9._@-]{0,254}`.
public final class AgentId {
  public static final int MAX_BYTES = 255;

  private AgentId() {}

  public static boolean isValid(CharSequence name) {
    int length = name.length();
    if (length == 0 || length > MAX_BYTES || !isAlphanumeric(name.charAt(0))) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char c = name.charAt(i);
      if (!isAlphanumeric(c) && c != '.' && c != '_' && c != '@' && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
