package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/// Any bytes as a message to route: the gateway, which reads the header only, and the recipient,
/// who decodes the whole, see the same message or the same fault.
class RoutingHeaderFuzz {
  /// What a gateway can forbid beyond the format.
  private static final List<ErrorCode> OF_LIMITS =
      List.of(ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.TOO_MANY_HOPS, ErrorCode.INVALID_FIELD);

  static List<byte[]> seeds() {
    return Seeds.envelopes();
  }

  /// Loads the classes, which allocates too.
  @BeforeAll
  static void warmUp() {
    for (byte[] seed : seeds()) {
      try {
        assertThat(RoutingHeader.parse(seed, 0, seed.length, Limits.defaults())).isNotNull();
      } catch (EnvelopeException e) {
        assertThat(e.code().wire()).isPositive();
      }
    }
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void routesWhatDecodes(byte[] bytes) {
    Allocation allocation = new Allocation();
    Optional<ErrorCode> refusal = Optional.empty();
    RoutingHeader header = null;
    try {
      header = RoutingHeader.parse(bytes, 0, bytes.length, Limits.defaults());
    } catch (EnvelopeException e) {
      refusal = Optional.of(e.code());
    }
    allocation.assertInProportionTo(bytes.length);
    try {
      Envelope envelope = EnvelopeCodec.decode(bytes, 0, bytes.length);
      if (header == null) {
        if (envelope instanceof Message) {
          assertThat(OF_LIMITS).contains(refusal.orElseThrow());
        } else {
          assertThat(refusal).contains(ErrorCode.UNSUPPORTED_KIND);
        }
        return;
      }
      assertSame(header, (Message) envelope, bytes.length);
    } catch (EnvelopeException e) {
      assertThat(header).as(e.reason()).isNull();
    }
  }

  private static void assertSame(RoutingHeader header, Message message, int length) {
    assertThat(header)
        .isEqualTo(
            new RoutingHeader(
                message.kind(),
                message.id(),
                message.from(),
                message.to(),
                message.priority(),
                message.guarantee(),
                message.ttlMillis(),
                message.flags(),
                message.hops(),
                message.type(),
                message.channel(),
                message.conversation(),
                message.correlation(),
                length));
  }
}
