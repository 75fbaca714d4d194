package dev.aegis.gateway.http;

import dev.aegis.store.DeadLetter;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which dead letters are asked for: `recipient`, `limit`, and `before`, which is a time
/// (milliseconds or ISO 8601) or the `next_before` of the page in front; `cursor`, as in every
/// list, is its `next_cursor`.
record DeadLetterQuery(@Nullable String recipient, DeadLetter.Cursor before, int limit) {
  static DeadLetterQuery of(Call call, InstantSource clock) throws ProblemException {
    Page page = Page.of(call);
    String before = call.parameter("before");
    if (before != null && page.after() != null) {
      throw ProblemException.invalid("before or cursor, one of the two");
    }
    return new DeadLetterQuery(
        call.parameter("recipient"), start(before, page.after(), clock), page.limit());
  }

  private static DeadLetter.Cursor start(
      @Nullable String before, @Nullable String after, InstantSource clock)
      throws ProblemException {
    if (after != null) {
      return behind(after);
    }
    return before == null ? DeadLetter.Cursor.before(clock.millis() + 1) : cursor(before);
  }

  private static DeadLetter.Cursor behind(String key) throws ProblemException {
    try {
      return cursor(key);
    } catch (ProblemException _) {
      throw Page.invalidCursor();
    }
  }

  static String text(DeadLetter.Cursor cursor) {
    return cursor.atMillis() + "." + cursor.id();
  }

  private static DeadLetter.Cursor cursor(String text) throws ProblemException {
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
      throw ProblemException.invalid(
          "before: milliseconds, a time such as 2026-01-31T12:00:00Z, or next_before of a page");
    }
  }
}
