package dev.aegis.protocol;

/// Walks over the envelopes of an opened flight, in place. Confined to one thread.
public final class FlightReader {
  private static final int LENGTH_BYTES = 4;

  private final byte[] buffer;
  private final int end;
  private int offset;
  private int length;

  public FlightReader(byte[] buffer, int offset, int length) {
    this.buffer = buffer;
    this.offset = offset;
    this.end = offset + length;
  }

  /// Moves to the next envelope; false at the end.
  ///
  /// @throws ProtocolException the flight is not filled exactly by items, or is empty
  public boolean next() throws ProtocolException {
    int position = offset + length;
    if (position == end && length > 0) {
      return false;
    }
    if (end - position <= LENGTH_BYTES) {
      throw broken();
    }
    int next =
        (buffer[position] & 0xff) << 24
            | (buffer[position + 1] & 0xff) << 16
            | (buffer[position + 2] & 0xff) << 8
            | (buffer[position + 3] & 0xff);
    position += LENGTH_BYTES;
    if (next < 1 || next > end - position) {
      throw broken();
    }
    offset = position;
    length = next;
    return true;
  }

  /// Where the current envelope starts in the buffer.
  public int offset() {
    return offset;
  }

  /// Length of the current envelope.
  public int length() {
    return length;
  }

  private static ProtocolException broken() {
    return new ProtocolException(CloseCode.PROTOCOL_ERROR, "flight is not filled by its items");
  }
}
