package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which page of a list is asked for: `limit`, and `cursor`, which is the `next_cursor` of the page
/// in front and names the last key there. So a page costs the same wherever it is, and nothing is
/// passed over or shown twice because something else came or went.
///
/// @param after the last key of the page in front, or null for the first page
record Page(int limit, @Nullable String after) {
  static final int LIMIT = 100;
  static final int MAX_LIMIT = 1_000;

  /// Has the next cursor where the page is a bare list.
  static final String NEXT_HEADER = "Aegis-Next-Cursor";

  private static final int MAX_CURSOR = 1_024;

  static Page of(Call call) throws ProblemException {
    String cursor = call.parameter("cursor");
    return new Page(limit(call.parameter("limit")), cursor == null ? null : decode(cursor));
  }

  static int limit(@Nullable String text) throws ProblemException {
    try {
      int limit = text == null ? LIMIT : Integer.parseInt(text);
      if (limit >= 1 && limit <= MAX_LIMIT) {
        return limit;
      }
    } catch (NumberFormatException _) {
      // Answered below, as a number that is out of range.
    }
    throw ProblemException.invalid("limit: 1 to " + MAX_LIMIT);
  }

  /// The cursor behind a key.
  static String cursor(String key) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(key.getBytes(StandardCharsets.UTF_8));
  }

  /// The cursor of the next page, or null where this one is the last.
  @Nullable String next(List<?> rows, String lastKey) {
    return rows.size() < limit ? null : cursor(lastKey);
  }

  static String decode(String cursor) throws ProblemException {
    if (!cursor.isEmpty() && cursor.length() <= MAX_CURSOR) {
      try {
        String key = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        if (key.indexOf('\0') < 0) { // which no text of a database has
          return key;
        }
      } catch (IllegalArgumentException _) {
        // Answered below.
      }
    }
    throw invalidCursor();
  }

  static ProblemException invalidCursor() {
    return new ProblemException(
        ProblemCode.INVALID_CURSOR, "cursor: the next_cursor of a page, as it is");
  }
}
