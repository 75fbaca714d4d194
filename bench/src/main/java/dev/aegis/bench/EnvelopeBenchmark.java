package dev.aegis.bench;

import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TextCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.core.buffer.ArrayBufferInput;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Encoding, decoding and routing one envelope with a payload of 256 bytes. Baselines: msgpack-core
/// with its packer and unpacker reused, writing the same fields, and Jackson with a JSON object of
/// them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EnvelopeBenchmark {
  private static final int FIELDS = 17;
  private static final int PAYLOAD_BYTES = 256;

  private final Message message = Samples.message(PAYLOAD_BYTES);
  private final byte[] encoded = EnvelopeCodec.encode(message);
  private final Limits limits = Limits.defaults();
  private final TextCache texts = new TextCache();
  private final MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
  private final ArrayBufferInput input = new ArrayBufferInput(encoded);
  private final MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(input);
  private final JsonMapper mapper = JsonMapper.builder().build();
  private final byte[] json = mapper.writeValueAsBytes(fields());

  @Benchmark
  public byte[] encode() {
    return EnvelopeCodec.encode(message);
  }

  @Benchmark
  public byte[] encodeByMsgpackCore() throws IOException {
    packer.clear();
    packer.packArrayHeader(FIELDS);
    packer.packInt(message.kind().wire());
    uuid(message.id());
    packer.packString(message.from());
    packer.packString(message.to());
    packer.packInt(message.priority().wire());
    packer.packInt(message.guarantee().wire());
    packer.packLong(message.ttlMillis());
    packer.packInt(message.flags());
    packer.packInt(message.hops());
    packer.packString(message.type());
    packer.packNil();
    packer.packNil();
    packer.packNil();
    packer.packLong(message.timestampMillis());
    packer.packNil();
    packer.packMapHeader(0);
    packer.packBinaryHeader(message.payload().length);
    packer.writePayload(message.payload());
    return packer.toByteArray();
  }

  private void uuid(UUID id) throws IOException {
    packer.packBinaryHeader(16);
    packer.writePayload(
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array());
  }

  @Benchmark
  public byte[] encodeByJackson() {
    return mapper.writeValueAsBytes(fields());
  }

  private Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", message.kind().wire());
    fields.put("id", message.id().toString());
    fields.put("from", message.from());
    fields.put("to", message.to());
    fields.put("priority", message.priority().label());
    fields.put("guarantee", message.guarantee().label());
    fields.put("ttl", message.ttlMillis());
    fields.put("flags", message.flags());
    fields.put("hops", message.hops());
    fields.put("type", message.type());
    fields.put("timestamp", message.timestampMillis());
    fields.put("metadata", message.metadata());
    fields.put("payload", Base64.getEncoder().encodeToString(message.payload()));
    return fields;
  }

  @Benchmark
  public Envelope decode() throws EnvelopeException {
    return EnvelopeCodec.decode(encoded, 0, encoded.length);
  }

  /// As an agent does, which has met the sender and the type before.
  @Benchmark
  public Envelope decodeFromPeer() throws EnvelopeException {
    return EnvelopeCodec.decode(encoded, 0, encoded.length, texts);
  }

  @Benchmark
  public void decodeByMsgpackCore(Blackhole sink) throws IOException {
    int fields = open();
    for (int i = 0; i < fields; i++) {
      switch (unpacker.getNextFormat().getValueType()) {
        case INTEGER -> sink.consume(unpacker.unpackLong());
        case STRING -> sink.consume(unpacker.unpackString());
        case BINARY -> sink.consume(unpacker.readPayload(unpacker.unpackBinaryHeader()));
        case MAP -> sink.consume(unpacker.unpackMapHeader());
        case NIL -> unpacker.unpackNil();
        case BOOLEAN, FLOAT, ARRAY, EXTENSION ->
            throw new IllegalStateException("no field of an envelope has this type");
      }
    }
  }

  @Benchmark
  public JsonNode decodeByJackson() {
    return mapper.readTree(json);
  }

  /// As the gateway does, in a session.
  @Benchmark
  public RoutingHeader routeFromPeer() throws EnvelopeException {
    return RoutingHeader.parse(encoded, 0, encoded.length, limits, texts);
  }

  @Benchmark
  public RoutingHeader route() throws EnvelopeException {
    return RoutingHeader.parse(encoded, 0, encoded.length, limits);
  }

  /// Skips to the recipient and reads it, without a check of anything else.
  @Benchmark
  public String routeByMsgpackCore() throws IOException {
    open();
    unpacker.skipValue(3);
    return unpacker.unpackString();
  }

  private int open() throws IOException {
    input.reset(encoded);
    unpacker.reset(input);
    return unpacker.unpackArrayHeader();
  }
}
