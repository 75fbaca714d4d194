package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a JSON object that a request has as its body. A field that nobody knows is
/// refused, so that a misspelt one is not passed over; null is as good as not there.
final class Fields {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final JsonNode object;

  private Fields(JsonNode object) {
    this.object = object;
  }

  static Fields of(Request request, String... known) throws ProblemException {
    checkType(request.header(HttpHeaderNames.CONTENT_TYPE));
    JsonNode object = Json.object(request.body());
    for (String name : object.propertyNames()) {
      if (!Arrays.asList(known).contains(name)) {
        throw new ProblemException(
            ProblemCode.UNKNOWN_FIELD, "there is no field " + shown(name) + " here");
      }
    }
    return new Fields(object);
  }

  /// Nothing said is JSON too.
  private static void checkType(@Nullable String header) throws ProblemException {
    if (header == null) {
      return;
    }
    int end = header.indexOf(';');
    String type = (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    if (!type.equals("application/json") && !type.equals("application/merge-patch+json")) {
      throw new ProblemException(
          ProblemCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json");
    }
  }

  private static String shown(String name) {
    return name.length() <= 64 ? name : name.substring(0, 64) + "…";
  }

  boolean has(String name) {
    return object.has(name);
  }

  /// The value, or null where there is none or it is null.
  @Nullable JsonNode node(String name) {
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? null : node;
  }

  /// The string without U+0000, which no text of a database has, or null where there is none.
  @Nullable String text(String name) throws ProblemException {
    JsonNode node = node(name);
    if (node == null) {
      return null;
    }
    if (!node.isString()) {
      throw ProblemException.invalid(name + " must be a string");
    }
    String text = node.asString();
    if (text.indexOf('\0') >= 0) {
      throw ProblemException.invalid(name + " must be without U+0000");
    }
    return text;
  }

  String text(String name, String otherwise) throws ProblemException {
    String text = text(name);
    return text == null ? otherwise : text;
  }

  String required(String name) throws ProblemException {
    String text = text(name);
    if (text == null || text.isBlank()) {
      throw ProblemException.invalid(name + " is missing");
    }
    return text;
  }

  /// A string or an integer, as text.
  @Nullable String word(String name) throws ProblemException {
    JsonNode node = node(name);
    return node != null && node.isIntegralNumber() ? node.asString() : text(name);
  }

  long number(String name, long least, long most, long otherwise) throws ProblemException {
    JsonNode node = node(name);
    if (node == null) {
      return otherwise;
    }
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < least
        || node.longValue() > most) {
      throw ProblemException.invalid(name + ": " + least + " to " + most);
    }
    return node.longValue();
  }

  @Nullable UUID uuid(String name) throws ProblemException {
    String text = text(name);
    return text == null ? null : uuid(name, text);
  }

  /// @throws ProblemException it is none
  static UUID uuid(String name, String text) throws ProblemException {
    if (!UUID_FORM.matcher(text).matches()) {
      throw ProblemException.invalid(name + " must be a UUID");
    }
    return UUID.fromString(text);
  }

  byte @Nullable [] base64(String name) throws ProblemException {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException _) {
      throw ProblemException.invalid(name + " is not base64");
    }
  }

  /// A time of ISO 8601; one without an offset is UTC.
  @Nullable Instant time(String name) throws ProblemException {
    String text = text(name);
    return text == null ? null : time(name, text);
  }

  static Instant time(String name, String text) throws ProblemException {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException _) {
      try {
        return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      } catch (DateTimeParseException _) {
        throw ProblemException.invalid(name + ": a time such as 2026-01-31T12:00:00Z");
      }
    }
  }
}
