package dev.aegis.protocol;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Envelopes to MessagePack and back (PROTOCOL.md section 6). Stateless and thread-safe.
public final class EnvelopeCodec {
  /// Its place among the elements of a message.
  private static final int METADATA = 15;

  private static final int ANY = Integer.MAX_VALUE;
  private static final long UINT32 = 0xffff_ffffL;

  private EnvelopeCodec() {}

  public static byte[] encode(Envelope envelope) {
    return switch (envelope) {
      case Message m -> encodeMessage(m);
      case Delivery d ->
          encodeDelivery(
              d.mailboxEpoch(),
              d.sequence(),
              d.attempt(),
              d.acceptedAtMillis(),
              d.envelope().array(),
              d.envelope().arrayOffset() + d.envelope().position(),
              d.envelope().remaining());
      case Control c -> encodeControl(c);
    };
  }

  /// A delivery around a slice of the sender's bytes, copied once.
  public static byte[] encodeDelivery(
      long mailboxEpoch,
      long sequence,
      int attempt,
      long acceptedAtMillis,
      byte[] envelope,
      int offset,
      int length) {
    int kind = Kind.DELIVERY.wire();
    int head =
        1
            + PackWriter.integerBytes(kind)
            + PackWriter.integerBytes(mailboxEpoch)
            + PackWriter.integerBytes(sequence)
            + PackWriter.integerBytes(attempt)
            + PackWriter.integerBytes(acceptedAtMillis)
            + PackWriter.binaryHeaderBytes(length);
    return new PackWriter(head + length)
        .array(6)
        .integer(kind)
        .integer(mailboxEpoch)
        .integer(sequence)
        .integer(attempt)
        .integer(acceptedAtMillis)
        .binary(envelope, offset, length)
        .toBytes();
  }

  /// The kind of an encoded envelope, cheaply.
  ///
  /// @throws EnvelopeException not an array, or of a kind this version does not know
  public static Kind kind(byte[] buffer, int offset, int length) throws EnvelopeException {
    PackReader in = new PackReader(buffer, offset, length);
    in.array("envelope");
    return kind(in);
  }

  /// @throws EnvelopeException with the error code that PROTOCOL.md gives for what is wrong
  public static Envelope decode(byte[] buffer, int offset, int length) throws EnvelopeException {
    return decode(new PackReader(buffer, offset, length), buffer);
  }

  /// As [#decode(byte[], int, int)], of a peer whose texts are kept.
  public static Envelope decode(byte[] buffer, int offset, int length, TextCache texts)
      throws EnvelopeException {
    return decode(new PackReader(buffer, offset, length, texts), buffer);
  }

  /// As above; `envelope` has an array.
  public static Envelope decode(ByteBuffer envelope, TextCache texts) throws EnvelopeException {
    return decode(
        envelope.array(),
        envelope.arrayOffset() + envelope.position(),
        envelope.remaining(),
        texts);
  }

  private static Envelope decode(PackReader in, byte[] buffer) throws EnvelopeException {
    int elements = in.array("envelope");
    Kind kind = kind(in);
    int known = elements(kind);
    if (kind == Kind.SUBSCRIBE && elements == known - 1) {
      known = elements; // it may leave the last one out
    }
    if (elements < known) {
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "elements are missing");
    }
    Envelope envelope =
        switch (kind) {
          case REQUEST, RESPONSE, EVENT -> message(kind, in, buffer);
          case SUBSCRIBE -> subscribe(in, elements);
          default -> control(kind, in, buffer);
        };
    for (int i = known; i < elements; i++) {
      UnknownElement.skip(in);
    }
    if (in.remaining() != 0) {
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "bytes behind the envelope");
    }
    return envelope;
  }

  static Kind kind(PackReader in) throws EnvelopeException {
    Kind kind = Kind.fromWire(in.integer("kind"));
    if (kind == null) {
      throw new EnvelopeException(ErrorCode.UNSUPPORTED_KIND, "unknown kind");
    }
    return kind;
  }

  static int elements(Kind kind) throws EnvelopeException {
    return switch (kind) {
      case REQUEST, RESPONSE, EVENT -> 17;
      case HEARTBEAT, CREDIT -> 3;
      case ACK, SIGNATURE, GOODBYE, CONFIRM, GAP -> 4;
      case CANCEL, PROGRESS -> 5;
      case NACK, ERROR, SUBSCRIBE, DELIVERY -> 6;
      case RECEIPT -> 7;
      case UNSUBSCRIBE -> 2;
      case WELCOME -> 16;
      case REKEY -> throw new EnvelopeException(ErrorCode.NOT_OFFERED, "kind is reserved");
    };
  }

  private static byte[] encodeMessage(Message m) {
    return new PackWriter(m.payload().length + 256)
        .array(17)
        .integer(m.kind().wire())
        .uuid(m.id())
        .string(m.from())
        .string(m.to())
        .integer(m.priority().wire())
        .integer(m.guarantee().wire())
        .integer(m.ttlMillis())
        .integer(Integer.toUnsignedLong(m.flags()))
        .integer(m.hops())
        .string(m.type())
        .string(m.channel())
        .uuid(m.conversation())
        .uuid(m.correlation())
        .integer(m.timestampMillis())
        .string(m.contentType())
        .map(m.metadata())
        .binary(m.payload(), 0, m.payload().length)
        .toBytes();
  }

  private static byte[] encodeControl(Control control) {
    PackWriter out = new PackWriter(128);
    try {
      out.array(elements(control.kind())).integer(control.kind().wire());
    } catch (EnvelopeException e) {
      throw new IllegalStateException("every control envelope we have is offered", e);
    }
    switch (control) {
      case Heartbeat c -> out.integer(c.number()).bool(c.answer());
      case Ack c -> ranges(out.integer(c.stage().wire()).integer(c.mailboxEpoch()), c.sequences());
      case Nack c ->
          out.integer(c.mailboxEpoch())
              .integer(c.sequence())
              .integer(c.code())
              .string(c.reason())
              .integer(c.retryAfterMillis());
      case Receipt c -> {
        out.integer(c.stage().wire()).integer(c.code()).binaryHeader(16 * c.ids().size());
        for (UUID id : c.ids()) {
          out.rawUuid(id);
        }
        out.string(c.recipient()).integer(c.level()).integer(c.timeMillis());
      }
      case Refusal c ->
          out.integer(c.code())
              .uuid(c.messageId())
              .string(c.reason())
              .integer(c.retryAfterMillis())
              .integer(c.refusedKind());
      case Credit c -> out.integer(c.messages()).integer(c.bytes());
      case Cancel c -> out.uuid(c.id()).string(c.to()).string(c.from()).string(c.reason());
      case Subscribe c ->
          out.uuid(c.id())
              .string(c.pattern())
              .map(c.filter())
              .string(c.queueGroup())
              .bool(c.durable());
      case Unsubscribe c -> out.uuid(c.id());
      case WindowSignature c ->
          out.integer(c.firstIndex())
              .integer(c.count())
              .binary(c.signature(), 0, c.signature().length);
      case Delivery c ->
          throw new IllegalStateException("encoded by encodeDelivery: " + c.sequence());
      case Welcome c ->
          out.string(c.agentId())
              .binary(c.sessionToken(), 0, c.sessionToken().length)
              .nil() // ticket: reserved
              .integer(c.sessionEpoch())
              .integer(c.mailboxEpoch())
              .integer(c.nextSequence())
              .integer(Integer.toUnsignedLong(c.capabilities()))
              .integer(c.maxRecordBytes())
              .integer(c.maxPayloadBytes())
              .integer(c.signingRequired() ? 1 : 0)
              .integer(c.heartbeatMillis())
              .integer(c.creditMessages())
              .integer(c.creditBytes())
              .integer(c.timeMillis())
              .string(c.version());
      case Goodbye c ->
          out.integer(c.closeCode()).integer(c.reconnectAfterMillis()).string(c.reason());
      case Confirm c ->
          ranges(out.integer(c.stage().wire()).integer(c.mailboxEpoch()), c.sequences());
      case Progressing c -> out.uuid(c.id()).string(c.to()).string(c.from()).string(c.note());
      case Gap c -> {
        out.integer(c.mailboxEpoch());
        ranges(out, c.sequences());
        out.integer(c.code());
      }
    }
    return out.toBytes();
  }

  private static void ranges(PackWriter out, SequenceRanges ranges) {
    out.array(ranges.bounds().length);
    for (long bound : ranges.bounds()) {
      out.integer(bound);
    }
  }

  /// The metadata of an encoded message, without decoding the rest.
  ///
  /// @throws EnvelopeException not a message
  public static Map<String, String> metadata(byte[] message) throws EnvelopeException {
    return metadata(message, 0, message.length);
  }

  /// As [#metadata(byte[])], of a message in the middle of other bytes.
  public static Map<String, String> metadata(byte[] buffer, int offset, int length)
      throws EnvelopeException {
    PackReader in = new PackReader(buffer, offset, length);
    if (in.array("envelope") < METADATA) {
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "elements are missing");
    }
    for (int i = 0; i < METADATA; i++) {
      UnknownElement.skip(in);
    }
    return in.map(Limits.MAX_METADATA_ENTRIES, Limits.MAX_METADATA_BYTES, "metadata");
  }

  private static Message message(Kind kind, PackReader in, byte[] buffer) throws EnvelopeException {
    UUID id = in.uuid("id");
    String from = in.string(AgentId.MAX_BYTES, "from");
    String to = in.string(Limits.MAX_ADDRESS_BYTES, "to");
    Priority priority = Priority.fromWire(in.integer(3, "priority"));
    Guarantee guarantee = Guarantee.fromWire(in.integer(2, "guarantee"));
    long ttl = in.integer(Long.MAX_VALUE, "ttl");
    int flags = (int) in.integer(UINT32, "flags");
    int hops = (int) in.integer(255, "hops");
    String type = in.string(Limits.MAX_TYPE_BYTES, "type");
    String channel = in.stringOrNil(Limits.MAX_CHANNEL_BYTES, "channel");
    UUID conversation = in.uuidOrNil("conversation");
    UUID correlation = in.uuidOrNil("correlation");
    long timestamp = in.integer(Long.MAX_VALUE, "timestamp");
    String contentType = in.stringOrNil(Limits.MAX_CONTENT_TYPE_BYTES, "content type");
    var metadata = in.map(Limits.MAX_METADATA_ENTRIES, Limits.MAX_METADATA_BYTES, "metadata");
    byte[] payload = slice(in, buffer, "payload");
    return new Message(
        kind,
        id,
        from,
        to,
        priority,
        guarantee,
        ttl,
        flags,
        hops,
        type,
        channel,
        conversation,
        correlation,
        timestamp,
        contentType,
        metadata,
        payload);
  }

  private static Control control(Kind kind, PackReader in, byte[] buffer) throws EnvelopeException {
    return switch (kind) {
      case HEARTBEAT -> new Heartbeat(in.integer(Long.MAX_VALUE, "number"), in.bool("answer"));
      case ACK -> new Ack(stage(in), in.integer(Long.MAX_VALUE, "mailbox epoch"), ranges(in));
      case NACK ->
          new Nack(
              in.integer(Long.MAX_VALUE, "mailbox epoch"),
              in.integer(Long.MAX_VALUE, "sequence"),
              (int) in.integer(0xffff, "code"),
              in.string(Limits.MAX_REASON_BYTES, "reason"),
              in.integer(UINT32, "retry after"));
      case RECEIPT -> receipt(in, buffer);
      case ERROR ->
          new Refusal(
              (int) in.integer(0xffff, "code"),
              in.uuidOrNil("message id"),
              in.string(Limits.MAX_REASON_BYTES, "reason"),
              in.integer(UINT32, "retry after"),
              (int) in.integer(0xffff, "kind refused"));
      case CREDIT ->
          new Credit(in.integer(Long.MAX_VALUE, "messages"), in.integer(Long.MAX_VALUE, "bytes"));
      case CANCEL ->
          new Cancel(
              in.uuid("id"),
              in.string(Limits.MAX_ADDRESS_BYTES, "to"),
              in.string(AgentId.MAX_BYTES, "from"),
              in.string(Limits.MAX_REASON_BYTES, "reason"));
      case UNSUBSCRIBE -> new Unsubscribe(in.uuid("id"));
      case SIGNATURE ->
          new WindowSignature(
              in.integer(Long.MAX_VALUE, "first index"),
              (int) in.integer(Integer.MAX_VALUE, "count"),
              in.bytes(64, "signature"));
      case DELIVERY ->
          new Delivery(
              in.integer(Long.MAX_VALUE, "mailbox epoch"),
              in.integer(Long.MAX_VALUE, "sequence"),
              (int) in.integer(Integer.MAX_VALUE, "attempt"),
              in.integer(Long.MAX_VALUE, "accepted at"),
              view(in, buffer, "envelope"));
      case WELCOME -> welcome(in);
      case GOODBYE ->
          new Goodbye(
              (int) in.integer(0xffff, "code"),
              in.integer(UINT32, "reconnect after"),
              in.string(Limits.MAX_REASON_BYTES, "reason"));
      case CONFIRM ->
          new Confirm(stage(in), in.integer(Long.MAX_VALUE, "mailbox epoch"), ranges(in));
      case PROGRESS ->
          new Progressing(
              in.uuid("id"),
              in.string(Limits.MAX_ADDRESS_BYTES, "to"),
              in.string(AgentId.MAX_BYTES, "from"),
              in.string(Limits.MAX_REASON_BYTES, "note"));
      case GAP ->
          new Gap(
              in.integer(Long.MAX_VALUE, "mailbox epoch"),
              ranges(in),
              (int) in.integer(0xffff, "code"));
      case REQUEST, RESPONSE, EVENT, SUBSCRIBE, REKEY ->
          throw new EnvelopeException(ErrorCode.NOT_OFFERED, "kind is reserved");
    };
  }

  private static Subscribe subscribe(PackReader in, int elements) throws EnvelopeException {
    return new Subscribe(
        in.uuid("id"),
        in.string(TopicName.MAX_BYTES, "pattern"),
        in.map(Limits.MAX_METADATA_ENTRIES, Limits.MAX_METADATA_BYTES, "filter"),
        in.stringOrNil(QueueGroup.MAX_BYTES, "queue group"),
        elements >= elements(Kind.SUBSCRIBE) && in.bool("durable"));
  }

  private static Receipt receipt(PackReader in, byte[] buffer) throws EnvelopeException {
    Stage stage = stage(in);
    int code = (int) in.integer(0xffff, "code");
    int length = in.binary("ids");
    if (length % 16 != 0) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "ids are not UUIDs");
    }
    List<UUID> ids = new ArrayList<>(length / 16);
    int start = in.position() - length;
    for (int at = start; at < in.position(); at += 16) {
      ids.add(RoutingHeader.uuid(buffer, at));
    }
    return new Receipt(
        stage,
        code,
        ids,
        in.stringOrNil(AgentId.MAX_BYTES, "recipient"),
        (int) in.integer(0xff, "level"),
        in.integer(Long.MAX_VALUE, "time"));
  }

  private static Welcome welcome(PackReader in) throws EnvelopeException {
    String agentId = in.string(AgentId.MAX_BYTES, "agent id");
    byte[] token = in.bytes(32, "session token");
    UnknownElement.skip(in); // ticket: reserved
    return new Welcome(
        agentId,
        token,
        in.integer(Long.MAX_VALUE, "session epoch"),
        in.integer(Long.MAX_VALUE, "mailbox epoch"),
        in.integer(Long.MAX_VALUE, "next sequence"),
        (int) in.integer(UINT32, "capabilities"),
        (int) in.integer(ANY, "largest record"),
        (int) in.integer(ANY, "largest payload"),
        in.integer(255, "signing") == 1,
        in.integer(UINT32, "heartbeat interval"),
        in.integer(Long.MAX_VALUE, "credit messages"),
        in.integer(Long.MAX_VALUE, "credit bytes"),
        in.integer(Long.MAX_VALUE, "time"),
        in.string(255, "version"));
  }

  private static Stage stage(PackReader in) throws EnvelopeException {
    Stage stage = Stage.fromWire(in.integer(0xff, "stage"));
    if (stage == null) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "stage is out of range");
    }
    return stage;
  }

  private static SequenceRanges ranges(PackReader in) throws EnvelopeException {
    int count = in.array("ranges");
    if (count > in.remaining()) { // each bound takes at least a byte
      throw new EnvelopeException(ErrorCode.MALFORMED_ENVELOPE, "truncated at ranges");
    }
    long[] bounds = new long[count];
    for (int i = 0; i < count; i++) {
      bounds[i] = in.integer(Long.MAX_VALUE, "ranges");
    }
    try {
      return new SequenceRanges(bounds);
    } catch (IllegalArgumentException e) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "ranges do not ascend in pairs");
    }
  }

  private static ByteBuffer view(PackReader in, byte[] buffer, String field)
      throws EnvelopeException {
    int length = in.binary(field);
    return ByteBuffer.wrap(buffer, in.position() - length, length);
  }

  private static byte[] slice(PackReader in, byte[] buffer, String field) throws EnvelopeException {
    int length = in.binary(field);
    return Arrays.copyOfRange(buffer, in.position() - length, in.position());
  }
}
