package dev.aegis.client;

import dev.aegis.protocol.Limits;
import java.nio.charset.StandardCharsets;

/// Text that people write and the protocol bounds.
final class Text {
  private Text() {}

  /// As much of it as fits a reason or a note (PROTOCOL.md 6.3), in whole characters.
  static String cut(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      int next = i + Character.charCount(point);
      bytes += text.substring(i, next).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > Limits.MAX_REASON_BYTES) {
        return text.substring(0, i);
      }
      i = next;
    }
    return text;
  }
}
