package dev.aegis.gateway.http;

import dev.aegis.store.DeadLetter;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which dead letters are asked for: `recipient`, `limit`, and `before`, which is a time
/// (milliseconds or ISO 8601) or the `next_before` of the page in front.
record DeadLetterQuery(@Nullable String recipient, DeadLetter.Cursor before, int limit) {
  private static final int PAGE = 100;
  private static final int MAX_PAGE = 1_000;

  static DeadLetterQuery of(Map<String, String> query, InstantSource clock) throws BadRequest {
    String before = query.get("before");
    return new DeadLetterQuery(
        query.get("recipient"),
        before == null ? DeadLetter.Cursor.before(clock.millis() + 1) : cursor(before),
        limit(query.get("limit")));
  }

  static String text(DeadLetter.Cursor cursor) {
    return cursor.atMillis() + "." + cursor.id();
  }

  private static int limit(@Nullable String text) throws BadRequest {
    try {
      int limit = text == null ? PAGE : Integer.parseInt(text);
      if (limit >= 1 && limit <= MAX_PAGE) {
        return limit;
      }
    } catch (NumberFormatException _) {
      // Answered below, as a number that is out of range.
    }
    throw new BadRequest("limit: 1 to " + MAX_PAGE);
  }

  private static DeadLetter.Cursor cursor(String text) throws BadRequest {
    try {
      int dot = text.indexOf('.');
      if (text.indexOf('-') == 4) {
        return DeadLetter.Cursor.before(Instant.parse(text).toEpochMilli());
      }
      return dot < 0
          ? DeadLetter.Cursor.before(Long.parseLong(text))
          : new DeadLetter.Cursor(
              Long.parseLong(text.substring(0, dot)), UUID.fromString(text.substring(dot + 1)));
    } catch (DateTimeParseException | IllegalArgumentException | ArithmeticException _) {
      throw new BadRequest(
          "before: milliseconds, a time such as 2026-01-31T12:00:00Z, or next_before of a page");
    }
  }
}
