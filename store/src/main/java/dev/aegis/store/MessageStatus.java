package dev.aegis.store;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where a durable message stands.
public enum MessageStatus {
  PENDING(1),
  DELIVERED(2),
  PROCESSED(3),
  FAILED(4),
  EXPIRED(5),
  DEAD(6),
  /// Another agent has it now, or is about to get it.
  MOVED(7);

  private static final MessageStatus[] VALUES = values();

  private final int code;
  private final String text;

  MessageStatus(int code) {
    this.code = code;
    this.text = name().toLowerCase(Locale.ROOT);
  }

  /// The number in journal segments.
  public int code() {
    return code;
  }

  /// The word in the `status` column and in APIs.
  public String text() {
    return text;
  }

  /// Whether the message is still owed to its recipient: nobody has finished or given it up.
  public boolean open() {
    return this == PENDING || this == DELIVERED;
  }

  /// The status of that code, or null.
  static @Nullable MessageStatus ofCode(int code) {
    return code >= 1 && code <= VALUES.length ? VALUES[code - 1] : null;
  }

  /// The status of that word, or null.
  public static @Nullable MessageStatus ofText(String text) {
    for (MessageStatus status : VALUES) {
      if (status.text.equals(text)) {
        return status;
      }
    }
    return null;
  }
}
