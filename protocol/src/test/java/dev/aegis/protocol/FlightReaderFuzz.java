package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.aegis.protocol.reference.Records;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/// Any bytes as a flight: items that fill it exactly, or a protocol error.
class FlightReaderFuzz {
  private static final int PADDING = 5;

  static List<byte[]> seeds() {
    return Seeds.flights();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void itemsFillTheFlightOrItIsRefused(byte[] bytes) {
    byte[] padded = new byte[bytes.length + 2 * PADDING];
    System.arraycopy(bytes, 0, padded, PADDING, bytes.length);
    FlightReader reader = new FlightReader(padded, PADDING, bytes.length);
    List<byte[]> items = new ArrayList<>();
    try {
      while (reader.next()) {
        items.add(Arrays.copyOfRange(padded, reader.offset(), reader.offset() + reader.length()));
      }
    } catch (ProtocolException e) {
      assertThat(e.closeCode()).isEqualTo(CloseCode.PROTOCOL_ERROR);
      assertThat(items.size() * 5).isLessThanOrEqualTo(bytes.length);
      return;
    }
    assertThat(items).isNotEmpty();
    assertThat(Records.flight(items)).isEqualTo(bytes);
  }
}
