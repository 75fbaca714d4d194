package dev.aegis.store.fabric;

import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Several flights in one run of bytes, each behind its length, as envelopes lie in a flight. The
/// buffer is used again; confined to one thread. Public for its benchmark.
public final class Flights {
  private static final int LENGTH_BYTES = 4;

  private byte[] buffer = new byte[1 << 10];
  private int size;

  static int itemBytes(byte[] flight) {
    return LENGTH_BYTES + flight.length;
  }

  static void requireSendable(byte[] flight) {
    if (flight.length == 0 || flight.length > Fabric.MAX_FLIGHT_BYTES) {
      throw new IllegalArgumentException(
          "a flight has "
              + flight.length
              + " bytes, must have from 1 to "
              + Fabric.MAX_FLIGHT_BYTES);
    }
  }

  public void clear() {
    size = 0;
  }

  public void append(byte[] flight) {
    int end = size + LENGTH_BYTES + flight.length;
    if (end > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(end, buffer.length * 2));
    }
    buffer[size] = (byte) (flight.length >>> 24);
    buffer[size + 1] = (byte) (flight.length >>> 16);
    buffer[size + 2] = (byte) (flight.length >>> 8);
    buffer[size + 3] = (byte) flight.length;
    System.arraycopy(flight, 0, buffer, size + LENGTH_BYTES, flight.length);
    size = end;
  }

  public byte[] array() {
    return buffer;
  }

  public int size() {
    return size;
  }

  /// @throws ProtocolException not filled exactly by flights, or without any
  public static List<byte[]> read(byte[] bytes) throws ProtocolException {
    FlightReader reader = new FlightReader(bytes, 0, bytes.length);
    List<byte[]> flights = new ArrayList<>();
    while (reader.next()) {
      flights.add(Arrays.copyOfRange(bytes, reader.offset(), reader.offset() + reader.length()));
    }
    return flights;
  }
}
