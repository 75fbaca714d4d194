package dev.aegis.protocol;

import dev.aegis.crypto.RecordSealer;
import java.util.Arrays;

/// Collects envelopes into a flight and seals it into a record (PROTOCOL.md sections 4 and 5).
/// Confined to one thread; its buffer is made when it is first needed, and reused.
public final class FlightWriter {
  private static final int LENGTH_BYTES = 4;

  private final int capacity;
  private byte[] buffer = {};
  private int size;

  /// @param capacityBytes of a flight for which there is room from the beginning
  public FlightWriter(int capacityBytes) {
    this.capacity = capacityBytes + RecordSealer.TAG_BYTES;
  }

  /// How long a flight of this one envelope is.
  public static int itemBytes(int envelopeBytes) {
    return LENGTH_BYTES + envelopeBytes;
  }

  public void append(byte[] envelope) {
    append(envelope, 0, envelope.length);
  }

  public void append(byte[] envelope, int offset, int length) {
    int needed = size + LENGTH_BYTES + length + RecordSealer.TAG_BYTES;
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(needed, Math.max(capacity, buffer.length * 2)));
    }
    buffer[size] = (byte) (length >>> 24);
    buffer[size + 1] = (byte) (length >>> 16);
    buffer[size + 2] = (byte) (length >>> 8);
    buffer[size + 3] = (byte) length;
    System.arraycopy(envelope, offset, buffer, size + LENGTH_BYTES, length);
    size += LENGTH_BYTES + length;
  }

  /// Bytes of the flight so far.
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /// Forgets what was appended.
  public void clear() {
    size = 0;
  }

  /// Seals what was appended and starts anew. Returns the record.
  public byte[] seal(RecordSealer sealer) {
    int length = sealer.seal(buffer, 0, size);
    byte[] record = Arrays.copyOf(buffer, length);
    size = 0;
    return record;
  }
}
