package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a request is for, decoded (RFC 3986): the path is split first and its segments decoded
/// then, so that an encoded slash is part of a segment; a plus sign is a space in the query only.
///
/// @param segments an empty one for each slash that follows another or ends the path
/// @param query the values of each parameter in the order they came
record Target(List<String> segments, Map<String, List<String>> query) {
  /// @throws ProblemException not percent-encoded UTF-8, or with U+0000, which no text of a
  ///   database has
  static Target parse(String uri) throws ProblemException {
    int mark = uri.indexOf('?');
    String path = mark < 0 ? uri : uri.substring(0, mark);
    if (!path.startsWith("/")) {
      throw malformed();
    }
    List<String> segments = new ArrayList<>();
    for (String segment : path.substring(1).split("/", -1)) {
      segments.add(decode(segment, false));
    }
    Map<String, List<String>> query = new LinkedHashMap<>();
    if (mark >= 0) {
      for (String pair : uri.substring(mark + 1).split("&", -1)) {
        if (!pair.isEmpty()) {
          int equals = pair.indexOf('=');
          String name = equals < 0 ? pair : pair.substring(0, equals);
          String value = equals < 0 ? "" : pair.substring(equals + 1);
          query
              .computeIfAbsent(decode(name, true), _ -> new ArrayList<>())
              .add(decode(value, true));
        }
      }
    }
    return new Target(segments, query);
  }

  private static String decode(String text, boolean plusIsSpace) throws ProblemException {
    String decoded = decoded(text, plusIsSpace);
    if (decoded.indexOf('\0') >= 0) {
      throw malformed();
    }
    return decoded;
  }

  private static String decoded(String text, boolean plusIsSpace) throws ProblemException {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0 && isAscii(text)) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= text.length()) {
          throw malformed();
        }
        bytes.write((hex(text.charAt(i + 1)) << 4) | hex(text.charAt(i + 2)));
        i += 2;
      } else if (c >= 0x80) {
        throw malformed();
      } else {
        bytes.write(c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException _) {
      throw malformed();
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static int hex(char c) throws ProblemException {
    int digit = c < 0x80 ? Character.digit(c, 16) : -1;
    if (digit < 0) {
      throw malformed();
    }
    return digit;
  }

  private static ProblemException malformed() {
    return new ProblemException(
        ProblemCode.MALFORMED_URI, "path and query must be percent-encoded UTF-8 without U+0000");
  }
}
