package dev.aegis.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a gateway needs of a message to route it, read without decoding the payload. Parsing checks
/// the whole envelope: structure, types and the limits of PROTOCOL.md section 10. `encodedBytes` is
/// the envelope's length.
public record RoutingHeader(
    Kind kind,
    UUID id,
    String from,
    String to,
    Priority priority,
    Guarantee guarantee,
    long ttlMillis,
    int flags,
    int hops,
    String type,
    @Nullable String channel,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    int encodedBytes) {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /// @throws EnvelopeException with the error code that PROTOCOL.md gives for what is wrong
  public static RoutingHeader parse(byte[] buffer, int offset, int length, Limits limits)
      throws EnvelopeException {
    return parse(new PackReader(buffer, offset, length), limits);
  }

  /// As [#parse(byte[], int, int, Limits)], of a peer whose texts are kept.
  public static RoutingHeader parse(
      byte[] buffer, int offset, int length, Limits limits, TextCache texts)
      throws EnvelopeException {
    return parse(new PackReader(buffer, offset, length, texts), limits);
  }

  private static RoutingHeader parse(PackReader in, Limits limits) throws EnvelopeException {
    int length = in.remaining();
    if (length > limits.maxEnvelopeBytes()) {
      throw new EnvelopeException(ErrorCode.ENVELOPE_TOO_LARGE, "envelope is too large");
    }
    int elements = in.array("envelope");
    Kind kind = EnvelopeCodec.kind(in);
    if (!kind.isMessage()) {
      throw new EnvelopeException(ErrorCode.UNSUPPORTED_KIND, "not a message");
    }
    int known = EnvelopeCodec.elements(kind);
    if (elements < known) {
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "elements are missing");
    }
    UUID id = in.uuid("id");
    String from = in.string(AgentId.MAX_BYTES, "from");
    String to = in.string(Limits.MAX_ADDRESS_BYTES, "to");
    Priority priority = Priority.fromWire(in.integer(3, "priority"));
    Guarantee guarantee = Guarantee.fromWire(in.integer(2, "guarantee"));
    long ttl = in.integer(limits.maxTtlMillis(), "ttl");
    int flags = (int) in.integer(0xffff_ffffL, "flags");
    long hops = in.integer(Long.MAX_VALUE, "hops");
    if (hops > limits.maxHops()) {
      throw new EnvelopeException(ErrorCode.TOO_MANY_HOPS, "too many hops");
    }
    String type = in.string(Limits.MAX_TYPE_BYTES, "type");
    String channel = in.stringOrNil(Limits.MAX_CHANNEL_BYTES, "channel");
    UUID conversation = in.uuidOrNil("conversation");
    UUID correlation = in.uuidOrNil("correlation");
    in.integer(Long.MAX_VALUE, "timestamp");
    in.stringOrNil(Limits.MAX_CONTENT_TYPE_BYTES, "content type");
    in.skipMap(Limits.MAX_METADATA_ENTRIES, Limits.MAX_METADATA_BYTES, "metadata");
    if (in.binary("payload") > limits.maxPayloadBytes()) {
      throw new EnvelopeException(ErrorCode.PAYLOAD_TOO_LARGE, "payload is too large");
    }
    for (int i = known; i < elements; i++) {
      UnknownElement.skip(in);
    }
    if (in.remaining() != 0) {
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "bytes behind the envelope");
    }
    return new RoutingHeader(
        kind,
        id,
        from,
        to,
        priority,
        guarantee,
        ttl,
        flags,
        (int) hops,
        type,
        channel,
        conversation,
        correlation,
        length);
  }

  public boolean wants(int flag) {
    return (flags & flag) != 0;
  }

  static UUID uuid(byte[] buffer, int offset) {
    return new UUID((long) LONG.get(buffer, offset), (long) LONG.get(buffer, offset + 8));
  }
}
