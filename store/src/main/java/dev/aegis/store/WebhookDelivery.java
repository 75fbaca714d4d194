package dev.aegis.store;

import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One attempt to post a message.
///
/// @param id grows, 0 for one that is not stored yet
/// @param attempt of the message, from 1
/// @param responseCode 0 where there was no response
/// @param responseBody its beginning, null where there was none, or where it does not open
/// @param unreadable whether its beginning is stored and does not open
/// @param error why there was no response, or none that counts; null where it was delivered
public record WebhookDelivery(
    long id,
    String agentId,
    UUID messageId,
    int attempt,
    long attemptedAtMillis,
    int durationMillis,
    Status status,
    int responseCode,
    @Nullable String responseBody,
    boolean unreadable,
    @Nullable String error) {
  /// What came of it.
  public enum Status {
    SUCCESS,
    FAILED,
    TIMEOUT;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Status ofText(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }
}
