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
  private static final int MAX_DEPTH = 8;

  private final byte[] buffer;
  private final int end;
  private int position;

  PackReader(byte[] buffer, int offset, int length) {
    this.buffer = buffer;
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
    int format = next(field);
    long value;
    if (format < 0x80) {
      value = format;
    } else {
      value =
          switch (format) {
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
    if (value < 0 || value > max) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, field + " is out of range");
    }
    return value;
  }

  boolean bool(String field) throws EnvelopeException {
    return switch (next(field)) {
      case 0xc2 -> false;
      case 0xc3 -> true;
      default -> throw wrongType(field);
    };
  }

  @Nullable String string(int maxBytes, boolean nullable, String field) throws EnvelopeException {
    int format = next(field);
    int length;
    if ((format & 0xe0) == 0xa0) {
      length = format & 0x1f;
    } else {
      switch (format) {
        case 0xc0 -> {
          if (nullable) {
            return null;
          }
          throw wrongType(field);
        }
        case 0xd9 -> length = count(1, field);
        case 0xda -> length = count(2, field);
        case 0xdb -> length = count(4, field);
        default -> throw wrongType(field);
      }
    }
    if (length > remaining()) {
      throw truncated(field);
    }
    if (length > maxBytes) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, field + " is too long");
    }
    int start = position;
    position += length;
    return text(start, length, field);
  }

  String string(int maxBytes, String field) throws EnvelopeException {
    String value = string(maxBytes, false, field);
    if (value == null) {
      throw wrongType(field);
    }
    return value;
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
      String key = string(maxBytes, field);
      map.put(key, string(maxBytes, field));
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

  /// Skips whatever stands here; nesting is bounded.
  void skip() throws EnvelopeException {
    long[] open = new long[MAX_DEPTH];
    int depth = 0;
    open[0] = 1;
    while (true) {
      while (open[depth] == 0) {
        if (depth == 0) {
          return;
        }
        depth--;
      }
      open[depth]--;
      long children = skipOne();
      if (children > 0) {
        if (++depth == MAX_DEPTH) {
          throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "nested too deeply");
        }
        open[depth] = children;
      }
    }
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

  /// Skips one value without its children and returns how many children follow.
  private long skipOne() throws EnvelopeException {
    String field = "extra element";
    int format = next(field);
    if (format < 0x80 || format >= 0xe0) {
      return 0;
    }
    if (format < 0x90) {
      return 2L * (format & 0x0f);
    }
    if (format < 0xa0) {
      return format & 0x0f;
    }
    if (format < 0xc0) {
      advance(format & 0x1f, field);
      return 0;
    }
    switch (format) {
      case 0xc0, 0xc2, 0xc3 -> {}
      case 0xc4, 0xd9 -> advance(count(1, field), field);
      case 0xc5, 0xda -> advance(count(2, field), field);
      case 0xc6, 0xdb -> advance(count(4, field), field);
      case 0xc7 -> advance(count(1, field) + 1, field);
      case 0xc8 -> advance(count(2, field) + 1, field);
      case 0xc9 -> {
        int length = count(4, field);
        advance(1, field);
        advance(length, field);
      }
      case 0xca, 0xce, 0xd2 -> advance(4, field);
      case 0xcb, 0xcf, 0xd3 -> advance(8, field);
      case 0xcc, 0xd0 -> advance(1, field);
      case 0xcd, 0xd1 -> advance(2, field);
      case 0xd4 -> advance(2, field);
      case 0xd5 -> advance(3, field);
      case 0xd6 -> advance(5, field);
      case 0xd7 -> advance(9, field);
      case 0xd8 -> advance(17, field);
      case 0xdc -> {
        return count(2, field);
      }
      case 0xdd -> {
        return count(4, field);
      }
      case 0xde -> {
        return 2L * count(2, field);
      }
      case 0xdf -> {
        return 2L * count(4, field);
      }
      default ->
          throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "unknown MessagePack format");
    }
    return 0;
  }

  private String text(int start, int length, String field) throws EnvelopeException {
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

  private int next(String field) throws EnvelopeException {
    if (position >= end) {
      throw truncated(field);
    }
    return buffer[position++] & 0xff;
  }

  /// A count or length; what does not fit an int cannot fit a record either.
  private int count(int bytes, String field) throws EnvelopeException {
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

  private void advance(int bytes, String field) throws EnvelopeException {
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
