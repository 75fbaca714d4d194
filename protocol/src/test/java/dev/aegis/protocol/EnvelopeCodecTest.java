package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Control.Ack;
import dev.aegis.protocol.Control.Cancel;
import dev.aegis.protocol.Control.Confirm;
import dev.aegis.protocol.Control.Credit;
import dev.aegis.protocol.Control.Delivery;
import dev.aegis.protocol.Control.Gap;
import dev.aegis.protocol.Control.Goodbye;
import dev.aegis.protocol.Control.Heartbeat;
import dev.aegis.protocol.Control.Nack;
import dev.aegis.protocol.Control.Progressing;
import dev.aegis.protocol.Control.Receipt;
import dev.aegis.protocol.Control.Refusal;
import dev.aegis.protocol.Control.Subscribe;
import dev.aegis.protocol.Control.Unsubscribe;
import dev.aegis.protocol.Control.Welcome;
import dev.aegis.protocol.Control.WindowSignature;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.value.Value;

class EnvelopeCodecTest {
  private static final UUID ID = UUID.fromString("0198c0de-0000-7000-8000-000000000001");
  private static final Limits LIMITS = Limits.defaults();

  static List<Envelope> everyKind() {
    return List.of(
        message(Kind.REQUEST).build(),
        message(Kind.RESPONSE).correlation(ID).conversation(ID).channel("c").build(),
        message(Kind.EVENT)
            .metadata(Map.of("traceparent", "00-ab", "naïve", "é"))
            .payload(new byte[70_000])
            .contentType("application/json")
            .ttlMillis(60_000)
            .hops(3)
            .flags(7)
            .timestampMillis(1_700_000_000_000L)
            .build(),
        new Heartbeat(7, true),
        new Ack(Stage.PROCESSED, 3, SequenceRanges.of(1, 2, 3, 9)),
        new Nack(3, 9, ErrorCode.HANDLER_FAILED.wire(), "no", 100),
        new Receipt(Stage.STORED, 0, List.of(ID, new UUID(1, 2)), null, 1, 1_700_000_000_000L),
        new Refusal(10, ID, "slow down", 250, 3),
        new Refusal(1, null, "malformed", 0, 0),
        new Credit(1L << 40, 1L << 50),
        new Cancel(ID, "b", "a", "changed my mind"),
        new Subscribe(ID, "orders.>", Map.of("type", "task"), null, false),
        new Subscribe(ID, "*", Map.of(), "workers", true),
        new Unsubscribe(ID),
        new WindowSignature(5, 2, new byte[64]),
        new Delivery(1, 2, 1, 3, ByteBuffer.wrap(new byte[] {1, 2, 3})),
        new Welcome("a", new byte[32], 1, 2, 3, 0, 1 << 20, 1 << 20, true, 30_000, 4, 5, 6, "0.1"),
        new Goodbye(4408, 500, "going away"),
        new Confirm(Stage.PROCESSED, 1, SequenceRanges.of(4)),
        new Progressing(ID, "a", "b", "half way"),
        new Gap(1, SequenceRanges.of(4, 9), ErrorCode.EXPIRED.wire()));
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void decodesWhatItEncoded(Envelope envelope) throws Exception {
    byte[] bytes = EnvelopeCodec.encode(envelope);
    byte[] padded = new byte[bytes.length + 10];
    System.arraycopy(bytes, 0, padded, 5, bytes.length);
    assertThat(EnvelopeCodec.decode(padded, 5, bytes.length))
        .usingRecursiveComparison()
        .isEqualTo(envelope);
    assertThat(EnvelopeCodec.kind(bytes, 0, bytes.length)).isEqualTo(envelope.kind());
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void isReadableByAnyMessagePackLibrary(Envelope envelope) throws Exception {
    try (var unpacker = MessagePack.newDefaultUnpacker(EnvelopeCodec.encode(envelope))) {
      Value value = unpacker.unpackValue();
      assertThat(value.asArrayValue().get(0).asIntegerValue().asInt())
          .isEqualTo(envelope.kind().wire());
      assertThat(unpacker.hasNext()).isFalse();
      if (envelope instanceof Message m) {
        assertThat(value.asArrayValue().size()).isEqualTo(17);
        assertThat(value.asArrayValue().get(3).asStringValue().asString()).isEqualTo(m.to());
        assertThat(value.asArrayValue().get(16).asBinaryValue().asByteArray())
            .isEqualTo(m.payload());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void refusesEveryTruncation(Envelope envelope) {
    byte[] bytes = EnvelopeCodec.encode(envelope);
    for (int length = 0; length < bytes.length; length += 1 + length / 300) {
      int cut = length;
      assertThatThrownBy(() -> EnvelopeCodec.decode(bytes, 0, cut))
          .as("%d of %d bytes", cut, bytes.length)
          .isInstanceOf(EnvelopeException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void alteredBytesNeverDoMoreThanRefuse(Envelope envelope) {
    Random random = new Random(42);
    byte[] bytes = EnvelopeCodec.encode(envelope);
    for (int i = 0; i < 3_000; i++) {
      byte[] altered = Arrays.copyOf(bytes, Math.min(bytes.length, 400));
      for (int n = random.nextInt(4); n >= 0; n--) {
        altered[random.nextInt(altered.length)] = (byte) random.nextInt();
      }
      assertThatCode(() -> tryBoth(altered)).doesNotThrowAnyException();
    }
  }

  @Test
  void ignoresUnknownTrailingElementsOfAnyShape() throws Exception {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packer.packArrayHeader(6).packInt(4).packLong(7).packBoolean(false);
      packer.packMapHeader(1).packString("k").packArrayHeader(2).packDouble(1.5).packNil();
      packer.packExtensionTypeHeader((byte) 3, 5).addPayload(new byte[5]);
      packer.packLong(-1);
      byte[] bytes = packer.toByteArray();
      assertThat(EnvelopeCodec.decode(bytes, 0, bytes.length)).isEqualTo(new Heartbeat(7, false));
    }
  }

  @Test
  void refusesDeepNestingInTrailingElements() {
    byte[] bytes = new byte[5_000];
    Arrays.fill(bytes, (byte) 0x91);
    bytes[0] = (byte) 0x94;
    bytes[1] = 4;
    bytes[2] = 7;
    bytes[3] = (byte) 0xc2;
    assertRefused(bytes, ErrorCode.MALFORMED_ENVELOPE);
  }

  @Test
  void refusesHugeLengthsWithoutAllocatingThem() {
    // array32 of 2^32-1; request whose id claims 2 GiB; ack whose ranges claim 2^31-2 elements; map
    // of 2^32-1
    assertRefused(new byte[] {(byte) 0xdd, -1, -1, -1, -1, 1}, ErrorCode.MALFORMED_ENVELOPE);
    assertRefused(
        new byte[] {(byte) 0xdc, 0, 17, 1, (byte) 0xc6, 0x7f, -1, -1, -1, 0},
        ErrorCode.MALFORMED_ENVELOPE);
    assertRefused(
        new byte[] {(byte) 0x94, 5, 3, 1, (byte) 0xdd, 0x7f, -1, -1, (byte) 0xfe, 1},
        ErrorCode.MALFORMED_ENVELOPE);
    assertRefused(
        new byte[] {(byte) 0x94, 4, 7, (byte) 0xc2, (byte) 0xdf, -1, -1, -1, -1},
        ErrorCode.MALFORMED_ENVELOPE);
  }

  @Test
  void refusesUnknownReservedAndMisplacedKinds() {
    assertRefused(new byte[] {(byte) 0x91, 21}, ErrorCode.UNSUPPORTED_KIND);
    assertRefused(new byte[] {(byte) 0x91, 0}, ErrorCode.UNSUPPORTED_KIND);
    assertRefused(new byte[] {(byte) 0x91, 20}, ErrorCode.NOT_OFFERED);
    byte[] ack = EnvelopeCodec.encode(new Heartbeat(1, false));
    assertThatThrownBy(() -> RoutingHeader.parse(ack, 0, ack.length, LIMITS))
        .isInstanceOfSatisfying(
            EnvelopeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_KIND));
  }

  @Test
  void refusesBytesBehindTheEnvelope() {
    byte[] bytes = EnvelopeCodec.encode(new Heartbeat(1, false));
    assertRefused(Arrays.copyOf(bytes, bytes.length + 1), ErrorCode.MALFORMED_ENVELOPE);
  }

  @Test
  void routingHeaderReadsWhatTheGatewayRoutesBy() throws Exception {
    Message m = message(Kind.EVENT).priority(Priority.HIGH).ttlMillis(5).hops(2).flags(3).build();
    byte[] bytes = EnvelopeCodec.encode(m);
    assertThat(RoutingHeader.parse(bytes, 0, bytes.length, LIMITS))
        .isEqualTo(
            new RoutingHeader(
                Kind.EVENT,
                ID,
                "agent-a",
                "agent-b",
                Priority.HIGH,
                Guarantee.AT_LEAST_ONCE,
                5,
                3,
                2,
                "task",
                null,
                null,
                null,
                bytes.length));
  }

  @Test
  void routingHeaderRefusesWhatIsOverALimitWithItsOwnCode() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 33; i++) {
      many.put("k" + i, "v");
    }
    assertRouting(
        message(Kind.EVENT).payload(new byte[LIMITS.maxPayloadBytes() + 1]),
        ErrorCode.PAYLOAD_TOO_LARGE);
    assertRouting(message(Kind.EVENT).metadata(many), ErrorCode.METADATA_TOO_LARGE);
    assertRouting(
        message(Kind.EVENT).metadata(Map.of("k", "v".repeat(4_100), "l", "v".repeat(4_100))),
        ErrorCode.METADATA_TOO_LARGE);
    assertRouting(message(Kind.EVENT).hops(17), ErrorCode.TOO_MANY_HOPS);
    assertRouting(
        message(Kind.EVENT).ttlMillis(LIMITS.maxTtlMillis() + 1), ErrorCode.INVALID_FIELD);
    assertRouting(message(Kind.EVENT).channel("c".repeat(256)), ErrorCode.INVALID_FIELD);
    assertRouting(
        Message.builder(Kind.EVENT, ID, "a", "b", "t".repeat(65)), ErrorCode.INVALID_FIELD);
  }

  @Test
  void readsPrioritiesAndDefaultsAsPeopleWriteThem() {
    assertThat(Priority.parse("urgent")).contains(Priority.CRITICAL);
    assertThat(Priority.parse("Medium")).contains(Priority.NORMAL);
    assertThat(Priority.parse("3")).contains(Priority.HIGH);
    assertThat(Priority.parse("10")).contains(Priority.LOW);
    assertThat(Priority.parse("11")).isEmpty();
    assertThat(TypeDefaults.of("error"))
        .isEqualTo(new TypeDefaults(Priority.CRITICAL, Guarantee.EXACTLY_ONCE));
    assertThat(TypeDefaults.of("anything"))
        .isEqualTo(new TypeDefaults(Priority.NORMAL, Guarantee.AT_LEAST_ONCE));
  }

  private static void tryBoth(byte[] bytes) {
    try {
      EnvelopeCodec.decode(bytes, 0, bytes.length);
    } catch (EnvelopeException e) {
      assertThat(e.reason()).isNotEmpty();
    }
    try {
      RoutingHeader.parse(bytes, 0, bytes.length, LIMITS);
    } catch (EnvelopeException e) {
      assertThat(e.reason()).isNotEmpty();
    }
  }

  private static void assertRouting(Message.Builder message, ErrorCode code) {
    byte[] bytes = EnvelopeCodec.encode(message.build());
    assertThatThrownBy(() -> RoutingHeader.parse(bytes, 0, bytes.length, LIMITS))
        .isInstanceOfSatisfying(EnvelopeException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static void assertRefused(byte[] bytes, ErrorCode code) {
    assertThatThrownBy(() -> EnvelopeCodec.decode(bytes, 0, bytes.length))
        .isInstanceOfSatisfying(EnvelopeException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static Message.Builder message(Kind kind) {
    return Message.builder(kind, ID, "agent-a", "agent-b", "task").payload(new byte[] {1, 2, 3});
  }
}
