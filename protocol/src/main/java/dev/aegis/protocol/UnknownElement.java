package dev.aegis.protocol;

/// Steps over elements that this version does not know, of whatever MessagePack format. Nesting is
/// bounded (PROTOCOL.md section 6) and nothing recurses.
final class UnknownElement {
  private static final int MAX_DEPTH = 8;
  private static final String FIELD = "unknown element";

  private UnknownElement() {}

  static void skip(PackReader in) throws EnvelopeException {
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
      long children = skipOne(in);
      if (children > 0) {
        if (++depth == MAX_DEPTH) {
          throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "nested too deeply");
        }
        open[depth] = children;
      }
    }
  }

  /// Skips one value without its children and returns how many children follow.
  private static long skipOne(PackReader in) throws EnvelopeException {
    int format = in.next(FIELD);
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
      in.advance(format & 0x1f, FIELD);
      return 0;
    }
    switch (format) {
      case 0xc0, 0xc2, 0xc3 -> {}
      case 0xc4, 0xd9 -> in.advance(in.count(1, FIELD), FIELD);
      case 0xc5, 0xda -> in.advance(in.count(2, FIELD), FIELD);
      case 0xc6, 0xdb -> in.advance(in.count(4, FIELD), FIELD);
      case 0xc7 -> in.advance(in.count(1, FIELD) + 1, FIELD);
      case 0xc8 -> in.advance(in.count(2, FIELD) + 1, FIELD);
      case 0xc9 -> {
        int length = in.count(4, FIELD);
        in.advance(1, FIELD);
        in.advance(length, FIELD);
      }
      case 0xca, 0xce, 0xd2 -> in.advance(4, FIELD);
      case 0xcb, 0xcf, 0xd3 -> in.advance(8, FIELD);
      case 0xcc, 0xd0 -> in.advance(1, FIELD);
      case 0xcd, 0xd1 -> in.advance(2, FIELD);
      case 0xd4 -> in.advance(2, FIELD);
      case 0xd5 -> in.advance(3, FIELD);
      case 0xd6 -> in.advance(5, FIELD);
      case 0xd7 -> in.advance(9, FIELD);
      case 0xd8 -> in.advance(17, FIELD);
      case 0xdc -> {
        return in.count(2, FIELD);
      }
      case 0xdd -> {
        return in.count(4, FIELD);
      }
      case 0xde -> {
        return 2L * in.count(2, FIELD);
      }
      case 0xdf -> {
        return 2L * in.count(4, FIELD);
      }
      default ->
          throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "unknown MessagePack format");
    }
    return 0;
  }
}
