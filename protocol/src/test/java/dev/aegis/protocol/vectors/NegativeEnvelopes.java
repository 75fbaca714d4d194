package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.EnvelopeVectors.message;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Elements;
import dev.aegis.protocol.reference.Octets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Envelopes that are refused with an error code while the session lives on.
final class NegativeEnvelopes {
  private static final int MALFORMED = 1;
  private static final int UNSUPPORTED_KIND = 2;
  private static final int PAYLOAD_TOO_LARGE = 4;
  private static final int METADATA_TOO_LARGE = 5;
  private static final int INVALID_FIELD = 6;
  private static final int TOO_MANY_HOPS = 12;
  private static final int NOT_OFFERED = 16;

  private final List<Object> cases = new ArrayList<>();

  private NegativeEnvelopes() {}

  static List<Object> envelopes() throws IOException {
    NegativeEnvelopes envelopes = new NegativeEnvelopes();
    envelopes.structures();
    envelopes.bombs();
    envelopes.kinds();
    envelopes.types();
    envelopes.texts();
    envelopes.ranges();
    envelopes.limits();
    envelopes.controls();
    return envelopes.cases;
  }

  private void structures() throws IOException {
    raw(MALFORMED, "nothing", "");
    raw(MALFORMED, "an empty array", "90");
    raw(MALFORMED, "a map", "8104c2");
    raw(MALFORMED, "an integer", "04");
    raw(MALFORMED, "nil", "c0");
    raw(MALFORMED, "a format that does not exist", "c1");
    raw(MALFORMED, "an element missing", "920407");
    raw(MALFORMED, "fewer elements than announced", "930407");
    raw(MALFORMED, "bytes behind the envelope", "930407c200");
    raw(MALFORMED, "an unknown element missing", "940407c2");
    raw(MALFORMED, "an unknown element of no format", "940407c2c1");
    raw(MALFORMED, "an unknown element cut off", "940407c2cb3ff0");
    byte[] request = message(1).pack();
    add(MALFORMED, "a request without its last byte", Octets.shorten(request, 1));
    add(MALFORMED, "a request and a byte", Octets.concat(request, new byte[1]));
  }

  private void bombs() throws IOException {
    raw(MALFORMED, "an array of 2^32 - 1 elements", "ddffffffff0407c2");
    raw(MALFORMED, "unknown elements nested 8 deep", "940407c2 9191919191919191 00");
    add(
        MALFORMED,
        "unknown elements nested 4000 deep",
        Octets.concat(HexFormat.of().parseHex("940407c2"), Octets.repeat(0x91, 4_000)));
    add(
        MALFORMED,
        "maps nested in maps",
        Octets.concat(HexFormat.of().parseHex("940407c2"), Octets.repeat(0x81, 500)));
    raw(MALFORMED, "an unknown map of 2^32 - 1 entries", "940407c2dfffffffff");
    raw(MALFORMED, "an unknown array of 2^31 - 2 elements", "940407c2dd7ffffffe00");
    raw(MALFORMED, "an unknown bin of 4 GiB", "940407c2c6ffffffff00");
    raw(MALFORMED, "an unknown ext of 2 GiB", "940407c2c97fffffff0100");
    raw(MALFORMED, "an id of 4 GiB", "dc001101c6ffffffff00");
    raw(MALFORMED, "ranges of 2^31 - 2 bounds", "94050307dd7ffffffe01");
    raw(MALFORMED, "a reason of 2 GiB", "941011" + "00db7fffffff61");
    byte[] request = message(1).with("payload", new byte[0]).pack();
    add(
        MALFORMED,
        "a payload of 4 GiB",
        Octets.concat(Octets.shorten(request, 2), HexFormat.of().parseHex("c6ffffffff00")));
  }

  private void kinds() throws IOException {
    raw(UNSUPPORTED_KIND, "kind 0", "9100");
    raw(UNSUPPORTED_KIND, "kind 21", "9115");
    raw(UNSUPPORTED_KIND, "kind 255", "91ccff");
    raw(UNSUPPORTED_KIND, "kind 2^32 + 1", "91cf0000000100000001");
    raw(UNSUPPORTED_KIND, "kind 2^64 - 1", "91cfffffffffffffffff");
    raw(UNSUPPORTED_KIND, "kind -1", "91ff");
    raw(UNSUPPORTED_KIND, "kind -1 as int 8", "91d0ff");
    raw(MALFORMED, "progress without elements", "9112");
    raw(MALFORMED, "gap without elements", "9113");
    raw(NOT_OFFERED, "rekey", "9114");
    raw(MALFORMED, "a kind that is a string", "93a13407c2");
    raw(MALFORMED, "a kind that is a float", "93ca4080000007c2");
    raw(MALFORMED, "a kind that is nil", "93c007c2");
  }

  private void types() throws IOException {
    for (String field :
        List.of(
            "id",
            "from",
            "to",
            "priority",
            "guarantee",
            "ttl",
            "flags",
            "hops",
            "type",
            "timestamp",
            "payload")) {
      field(MALFORMED, field + " is nil", field, null);
    }
    for (String field : List.of("id", "conversation", "correlation", "payload")) {
      field(MALFORMED, field + " is a string", field, "0123456789abcdef");
    }
    for (String field : List.of("from", "to", "type", "channel", "content_type", "metadata")) {
      field(MALFORMED, field + " is bytes", field, new byte[] {0x61});
    }
    for (String field : List.of("priority", "guarantee", "ttl", "flags", "hops", "timestamp")) {
      field(MALFORMED, field + " is a float", field, 1.0);
      field(MALFORMED, field + " is a boolean", field, true);
    }
    field(MALFORMED, "metadata is an array", "metadata", List.of("key", "value"));
    field(MALFORMED, "a metadata value is a number", "metadata", Map.of("key", 1));
    field(MALFORMED, "a metadata key is a number", "metadata", Map.of(1, "value"));
    field(MALFORMED, "a metadata value is nil", "metadata", new TreeMap<>(nilValue()));
    field(MALFORMED, "metadata in metadata", "metadata", Map.of("key", Map.of("a", "b")));
  }

  private void texts() throws IOException {
    // `to` is "agent-b", 7 bytes behind its header.
    for (String bytes :
        List.of(
            "c3282d2d2d2d62",
            "c0802d2d2d2d62",
            "eda0802d2d2d62",
            "f88080802d2d62",
            "616263646566c3",
            "f4908080616263")) {
      byte[] request = message(1).pack();
      int at = indexOf(request, Octets.ascii("agent-b"));
      add(
          MALFORMED,
          "to is not UTF-8: " + bytes,
          Octets.replace(request, at, HexFormat.of().parseHex(bytes)));
    }
  }

  private void ranges() throws IOException {
    field(INVALID_FIELD, "id of 15 bytes", "id", new byte[15]);
    field(INVALID_FIELD, "id of 17 bytes", "id", new byte[17]);
    field(INVALID_FIELD, "conversation of 0 bytes", "conversation", new byte[0]);
    field(INVALID_FIELD, "correlation of 32 bytes", "correlation", new byte[32]);
    field(INVALID_FIELD, "from of 256 bytes", "from", "a".repeat(256));
    field(INVALID_FIELD, "to of 263 bytes", "to", "topic:" + "a".repeat(257));
    field(INVALID_FIELD, "priority 4", "priority", 4);
    field(INVALID_FIELD, "priority 2^32", "priority", 1L << 32);
    field(INVALID_FIELD, "guarantee 3", "guarantee", 3);
    field(INVALID_FIELD, "flags 2^32", "flags", 1L << 32);
    field(INVALID_FIELD, "timestamp -2^63", "timestamp", Long.MIN_VALUE);
    for (String field : List.of("priority", "guarantee", "ttl", "flags", "hops", "timestamp")) {
      field(INVALID_FIELD, field + " -1", field, -1);
      field(INVALID_FIELD, field + " -200", field, -200);
    }
  }

  private void limits() throws IOException {
    field(
        PAYLOAD_TOO_LARGE,
        "payload a byte over the limit",
        "payload",
        new byte[NegativeVectors.MAX_PAYLOAD_BYTES + 1]);
    field(METADATA_TOO_LARGE, "33 metadata entries", "metadata", entries(33, 1));
    field(METADATA_TOO_LARGE, "metadata over 8 KiB in all", "metadata", entries(8, 1_022));
    field(METADATA_TOO_LARGE, "a metadata value over 8 KiB", "metadata", entries(1, 8_200));
    field(TOO_MANY_HOPS, "17 hops", "hops", 17);
    field(TOO_MANY_HOPS, "256 hops", "hops", 256);
    field(TOO_MANY_HOPS, "2^40 hops", "hops", 1L << 40);
    field(INVALID_FIELD, "ttl over 30 days", "ttl", NegativeVectors.MAX_TTL_MILLIS + 1);
    field(INVALID_FIELD, "type of 65 bytes", "type", "t".repeat(65));
    field(INVALID_FIELD, "type of 33 characters in 66 bytes", "type", "ü".repeat(33));
    field(INVALID_FIELD, "channel of 256 bytes", "channel", "c".repeat(256));
    field(INVALID_FIELD, "content type of 128 bytes", "content_type", "c".repeat(128));
  }

  private void controls() {
    raw(MALFORMED, "heartbeat answer is an integer", "93040700");
    raw(INVALID_FIELD, "heartbeat number -1", "9304ffc2");
    raw(INVALID_FIELD, "ack of stage 0", "940500079201" + "01");
    raw(INVALID_FIELD, "ack of stage 7", "9405070792" + "0101");
    raw(INVALID_FIELD, "ack of half a range", "94050307930102" + "04");
    raw(INVALID_FIELD, "ack of sequence 0", "9405030792" + "0001");
    raw(INVALID_FIELD, "ack of a range backwards", "9405030792" + "0301");
    raw(INVALID_FIELD, "ack of ranges that overlap", "9405030794" + "01050509");
    raw(INVALID_FIELD, "ack of ranges that descend", "9405030794" + "05060102");
    raw(MALFORMED, "ack whose ranges are a map", "9405030780");
    raw(INVALID_FIELD, "nack of code 65536", "96060709ce00010000a000");
    add(
        INVALID_FIELD,
        "nack with a reason of 513 bytes",
        Octets.concat(
            HexFormat.of().parseHex("9606070915da0201"), Octets.repeat('r', 513), new byte[1]));
    raw(INVALID_FIELD, "cancel of an id of 3 bytes", "950ac403010203a162a161a0");
    raw(MALFORMED, "cancel of nil", "950ac0a162a161a0");
    add(
        INVALID_FIELD,
        "signature of 63 bytes",
        Octets.concat(HexFormat.of().parseHex("940d0001c43f"), new byte[63]));
    add(
        INVALID_FIELD,
        "signature over 2^31 messages",
        Octets.concat(HexFormat.of().parseHex("940d00ce80000000c440"), new byte[64]));
    raw(INVALID_FIELD, "receipt of half an id", "970701" + "00c40801020304050607" + "08c00100");
    raw(
        INVALID_FIELD,
        "welcome with a token of 3 bytes",
        "dc00100fa161c403010203" + "c0" + "00".repeat(11) + "a0");
  }

  private static Map<String, String> entries(int count, int valueBytes) {
    Map<String, String> entries = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      entries.put("k" + (char) ('A' + i), "v".repeat(valueBytes));
    }
    return entries;
  }

  private static Map<String, @Nullable String> nilValue() {
    Map<String, @Nullable String> map = new TreeMap<>();
    map.put("key", null);
    return map;
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; ; at++) {
      if (java.util.Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
  }

  private void field(int code, String name, String field, @Nullable Object value)
      throws IOException {
    Elements altered = message(1).with(field, value);
    add(code, name, altered.pack());
  }

  private void raw(int code, String name, String hex) {
    add(code, name, HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private void add(int code, String name, byte[] bytes) {
    cases.add(object("name", name, "error_code", code, "bytes", bytes));
  }
}
