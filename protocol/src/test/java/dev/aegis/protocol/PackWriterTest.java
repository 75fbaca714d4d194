package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackWriterTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 127, 128, 255, 256, 65_535, 65_536, 0xFFFF_FFFFL, 0x1_0000_0000L})
  void knowsHowLongAnIntegerBecomes(long value) {
    PackWriter out = new PackWriter(0);
    out.integer(value);
    assertThat(PackWriter.integerBytes(value)).isEqualTo(out.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 255, 256, 65_535, 65_536})
  void knowsHowLongAHeaderBecomes(int length) {
    PackWriter out = new PackWriter(0);
    out.binaryHeader(length);
    assertThat(PackWriter.binaryHeaderBytes(length)).isEqualTo(out.size());
  }
}
