package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/// Any bytes as an envelope: refused with a reason, or decoded into something that encodes into the
/// same.
class EnvelopeCodecFuzz {
  private static final int PADDING = 9;

  static List<byte[]> seeds() {
    return Seeds.envelopes();
  }

  /// Loads the classes, which allocates too.
  @BeforeAll
  static void warmUp() {
    for (byte[] seed : seeds()) {
      try {
        assertThat(EnvelopeCodec.decode(seed, 0, seed.length)).isNotNull();
      } catch (EnvelopeException e) {
        assertThat(e.code().wire()).isPositive();
      }
    }
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void decodesOrRefuses(byte[] bytes) throws Exception {
    Allocation allocation = new Allocation();
    Envelope envelope;
    try {
      envelope = EnvelopeCodec.decode(bytes, 0, bytes.length);
    } catch (EnvelopeException e) {
      allocation.assertInProportionTo(bytes.length);
      assertThat(e.reason()).isNotEmpty();
      return;
    }
    allocation.assertInProportionTo(bytes.length);
    assertThat(EnvelopeCodec.kind(bytes, 0, bytes.length)).isEqualTo(envelope.kind());

    byte[] canonical = EnvelopeCodec.encode(envelope);
    Envelope again = EnvelopeCodec.decode(canonical, 0, canonical.length);
    assertThat(EnvelopeFields.of(again)).isEqualTo(EnvelopeFields.of(envelope));
    assertThat(EnvelopeCodec.encode(again)).isEqualTo(canonical);

    byte[] padded = new byte[bytes.length + 2 * PADDING];
    Arrays.fill(padded, (byte) 0xff);
    System.arraycopy(bytes, 0, padded, PADDING, bytes.length);
    assertThat(EnvelopeFields.of(EnvelopeCodec.decode(padded, PADDING, bytes.length)))
        .isEqualTo(EnvelopeFields.of(envelope));
  }
}
