package dev.aegis.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads the MessagePack formats that envelopes use from a slice of bytes that a stranger wrote:
/// every length is checked against what remains before anything is allocated, and nothing recurses.
/// Confined to one thread.
final class PackReader {
  private final byte[] buffer;
  private final int end;
  private final @Nullable TextCache texts;
  private int position;

  PackReader(byte[] buffer, int offset, int length) {
    this(buffer, offset, length, null);
  }

  /// @param texts keeps the strings for those who read what comes next, or null
  PackReader(byte[] buffer, int offset, int length, @Nullable TextCache texts) {
    this.buffer = buffer;
    this.texts = texts;
    this.position = offset;
    this.end = offset + length;
  }

  int position() {
    return position;
  }

  int remaining() {
    return end - position;
  }

  int array(String field) throws EnvelopeException {
    int format = next(field);
    if ((format & 0xf0) == 0x90) {
      return format & 0x0f;
    }
    return switch (format) {
      case 0xdc -> count(2, field);
      case 0xdd -> count(4, field);
      default -> throw wrongType(field);
    };
  }

  /// A non-negative integer up to `max`.
  long integer(long max, String field) throws EnvelopeException {
    long value = integer(field);
    if (value < 0 || value > max) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, field + " is out of range");
    }
    return value;
  }

  /// Any integer; one from 2^63 on comes out negative.
  long integer(String field) throws EnvelopeException {
    int format = next(field);
    if (format < 0x80 || format >= 0xe0) {
      return (byte) format;
    }
    return switch (format) {
      case 0xcc -> bigEndian(1, field);
      case 0xcd -> bigEndian(2, field);
      case 0xce -> bigEndian(4, field);
      case 0xcf, 0xd3 -> bigEndian(8, field);
      case 0xd0 -> (byte) bigEndian(1, field);
      case 0xd1 -> (short) bigEndian(2, field);
      case 0xd2 -> (int) bigEndian(4, field);
      default -> throw wrongType(field);
    };
  }

  boolean bool(String field) throws EnvelopeException {
    return switch (next(field)) {
      case 0xc2 -> false;
      case 0xc3 -> true;
      default -> throw wrongType(field);
    };
  }

  /// A string of at most `maxBytes`, or null for nil.
  @Nullable String stringOrNil(int maxBytes, String field) throws EnvelopeException {
    if (peekNil()) {
      position++;
      return null;
    }
    return string(maxBytes, field);
  }

  String string(int maxBytes, String field) throws EnvelopeException {
    return string(maxBytes, ErrorCode.INVALID_FIELD, field);
  }

  private String string(int maxBytes, ErrorCode tooLong, String field) throws EnvelopeException {
    int format = next(field);
    int length =
        (format & 0xe0) == 0xa0
            ? format & 0x1f
            : switch (format) {
              case 0xd9 -> count(1, field);
              case 0xda -> count(2, field);
              case 0xdb -> count(4, field);
              default -> throw wrongType(field);
            };
    if (length > remaining()) {
      throw truncated(field);
    }
    if (length > maxBytes) {
      throw new EnvelopeException(tooLong, field + " is too long");
    }
    int start = position;
    position += length;
    return text(start, length, field);
  }

  private String text(int start, int length, String field) throws EnvelopeException {
    if (texts == null) {
      return decoded(start, length, field);
    }
    String known = texts.find(buffer, start, length);
    if (known != null) {
      return known;
    }
    String text = decoded(start, length, field);
    texts.put(buffer, start, length, text);
    return text;
  }

  /// Positions behind a bin value and returns its length; its bytes end at the new position.
  int binary(String field) throws EnvelopeException {
    int length =
        switch (next(field)) {
          case 0xc4 -> count(1, field);
          case 0xc5 -> count(2, field);
          case 0xc6 -> count(4, field);
          default -> throw wrongType(field);
        };
    if (length > remaining()) {
      throw truncated(field);
    }
    position += length;
    return length;
  }

  byte[] bytes(int exactLength, String field) throws EnvelopeException {
    int length = binary(field);
    if (length != exactLength) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, field + " has the wrong length");
    }
    byte[] bytes = new byte[length];
    System.arraycopy(buffer, position - length, bytes, 0, length);
    return bytes;
  }

  @Nullable UUID uuidOrNil(String field) throws EnvelopeException {
    if (peekNil()) {
      position++;
      return null;
    }
    return uuid(field);
  }

  UUID uuid(String field) throws EnvelopeException {
    if (binary(field) != 16) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, field + " is not a UUID");
    }
    return RoutingHeader.uuid(buffer, position - 16);
  }

  /// A map of strings, empty for nil; bounded in entries and in encoded bytes.
  Map<String, String> map(int maxEntries, int maxBytes, String field) throws EnvelopeException {
    int entries = mapHeader(field);
    if (entries == 0) {
      return Map.of();
    }
    if (entries > maxEntries) {
      throw new EnvelopeException(ErrorCode.METADATA_TOO_LARGE, field + " has too many entries");
    }
    int start = position;
    Map<String, String> map = LinkedHashMap.newLinkedHashMap(entries);
    for (int i = 0; i < entries; i++) {
      String key = string(maxBytes, ErrorCode.METADATA_TOO_LARGE, field);
      map.put(key, string(maxBytes, ErrorCode.METADATA_TOO_LARGE, field));
      if (position - start > maxBytes) {
        throw new EnvelopeException(ErrorCode.METADATA_TOO_LARGE, field + " is too large");
      }
    }
    return map;
  }

  /// As [#map], but only checks.
  void skipMap(int maxEntries, int maxBytes, String field) throws EnvelopeException {
    map(maxEntries, maxBytes, field);
  }

  boolean peekNil() {
    return position < end && (buffer[position] & 0xff) == 0xc0;
  }

  private int mapHeader(String field) throws EnvelopeException {
    int format = next(field);
    if ((format & 0xf0) == 0x80) {
      return format & 0x0f;
    }
    return switch (format) {
      case 0xc0 -> 0;
      case 0xde -> count(2, field);
      case 0xdf -> count(4, field);
      default -> throw wrongType(field);
    };
  }

  private String decoded(int start, int length, String field) throws EnvelopeException {
    for (int i = start; i < start + length; i++) {
      if (buffer[i] < 0) { // not ASCII: the strict way
        try {
          return StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(buffer, start, length))
              .toString();
        } catch (CharacterCodingException e) {
          throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, field + " is not UTF-8");
        }
      }
    }
    return new String(buffer, start, length, StandardCharsets.ISO_8859_1);
  }

  int next(String field) throws EnvelopeException {
    if (position >= end) {
      throw truncated(field);
    }
    return buffer[position++] & 0xff;
  }

  /// A count or length; what does not fit an int cannot fit a record either.
  int count(int bytes, String field) throws EnvelopeException {
    long value = bigEndian(bytes, field);
    if (value > Integer.MAX_VALUE - 1) {
      throw truncated(field);
    }
    return (int) value;
  }

  private long bigEndian(int bytes, String field) throws EnvelopeException {
    advance(bytes, field);
    return read(position - bytes, bytes);
  }

  private long read(int at, int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = (value << 8) | (buffer[at + i] & 0xff);
    }
    return value;
  }

  void advance(int bytes, String field) throws EnvelopeException {
    if (bytes > remaining()) {
      throw truncated(field);
    }
    position += bytes;
  }

  private static EnvelopeException wrongType(String field) {
    return new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, field + " has the wrong type");
  }

  private static EnvelopeException truncated(String field) {
    return new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "truncated at " + field);
  }
}
