package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Elements;
import dev.aegis.protocol.reference.Octets;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// `envelopes.json`: envelopes of every kind in the shortest form, and other spellings that say the
/// same.
public final class EnvelopeVectors {
  public static final UUID ID = UUID.fromString("0198c0de-0000-7000-8000-000000000001");
  private static final UUID OTHER = UUID.fromString("0198c0de-0000-7000-8000-000000000002");
  private static final UUID CONVERSATION = UUID.fromString("0198c0de-0000-7000-8000-0000000000c0");

  private EnvelopeVectors() {}

  /// A small message; every element of it may be set anew.
  public static Elements message(int kind) {
    return Elements.ofKind(kind)
        .with("id", ID)
        .with("from", "agent-a")
        .with("to", "agent-b")
        .with("priority", 2)
        .with("guarantee", 1)
        .with("ttl", 0)
        .with("flags", 0)
        .with("hops", 0)
        .with("type", "task")
        .with("channel", null)
        .with("conversation", null)
        .with("correlation", null)
        .with("timestamp", 0)
        .with("content_type", null)
        .with("metadata", null)
        .with("payload", new byte[] {1, 2, 3});
  }

  public static Map<String, Elements> samples() throws GeneralSecurityException, IOException {
    Map<String, Elements> samples = new LinkedHashMap<>();
    samples.put("request", message(1));
    samples.put("request with everything", full());
    samples.put("response", message(2).with("correlation", ID).with("payload", new byte[0]));
    samples.put(
        "event to all", message(3).with("to", "*").with("guarantee", 0).with("priority", 3));
    samples.put("event with integers of every width", widths());
    samples.put("heartbeat", Elements.ofKind(4).with("number", 7).with("answer", false));
    samples.put("heartbeat answer", Elements.ofKind(4).with("number", 7).with("answer", true));
    samples.put("ack", ranges(5));
    samples.put(
        "nack",
        Elements.ofKind(6)
            .with("mailbox_epoch", 7)
            .with("sequence", 9)
            .with("code", 21)
            .with("reason", "handler failed")
            .with("retry_after", 0));
    samples.put("receipt", receipt().with("recipient", null));
    samples.put("receipt of a failure", receipt().with("stage", 4).with("code", 22));
    samples.put("error", error());
    samples.put(
        "error without id",
        error()
            .with("code", 1)
            .with("message_id", null)
            .with("retry_after", 0)
            .with("kind_refused", 0));
    samples.put("credit", Elements.ofKind(9).with("messages", 2_048).with("bytes", 1L << 40));
    samples.put(
        "cancel",
        Elements.ofKind(10)
            .with("id", ID)
            .with("to", "agent-b")
            .with("from", "agent-a")
            .with("reason", "no longer needed"));
    samples.put(
        "subscribe",
        subscribe().with("filter", null).with("queue_group", null).with("durable", false));
    samples.put("subscribe with everything", subscribe());
    samples.put("unsubscribe", Elements.ofKind(12).with("id", OTHER));
    samples.put(
        "signature",
        Elements.ofKind(13)
            .with("first_index", 300)
            .with("count", 2)
            .with("signature", Octets.repeat(0x5a, 64)));
    samples.put(
        "delivery",
        Elements.ofKind(14)
            .with("mailbox_epoch", 7)
            .with("sequence", 12)
            .with("attempt", 1)
            .with("accepted_at", 1_700_000_000_123L)
            .with("envelope", message(1).pack()));
    samples.put("welcome", HandshakeVectors.welcome());
    samples.put(
        "goodbye",
        Elements.ofKind(16)
            .with("code", 4408)
            .with("reconnect_after", 1_500)
            .with("reason", "going away"));
    samples.put("confirm", ranges(17));
    samples.put(
        "progress",
        Elements.ofKind(18)
            .with("id", ID)
            .with("to", "agent-a")
            .with("from", "agent-b")
            .with("note", "half way"));
    samples.put(
        "gap",
        Elements.ofKind(19)
            .with("mailbox_epoch", 7)
            .with("ranges", List.of(3L, 5L, 9L, 9L))
            .with("code", 22));
    return samples;
  }

  static Map<String, @Nullable Object> file() throws GeneralSecurityException, IOException {
    List<Object> envelopes = new ArrayList<>();
    for (Map.Entry<String, Elements> sample : samples().entrySet()) {
      Elements elements = sample.getValue();
      Map<String, @Nullable Object> fields = object();
      elements.values().forEach((name, value) -> fields.putAll(object(name, json(value))));
      envelopes.add(object("name", sample.getKey(), "fields", fields, "bytes", elements.pack()));
    }
    return object("envelopes", envelopes, "other_spellings", spellings());
  }

  private static List<Object> spellings() throws IOException {
    String id = "0198c0de000070008000000000000002";
    return List.of(
        spelling(
            "integers wider than needed",
            "dc0004 cc05 cd0003 ce00000007 dc0002 cf0000000000000002 d010",
            Elements.ofKind(5)
                .with("stage", 3)
                .with("mailbox_epoch", 7)
                .with("ranges", List.of(2L, 16L))),
        spelling(
            "signed formats, array 32",
            "dd00000003 d30000000000000004 d10007 c2",
            Elements.ofKind(4).with("number", 7).with("answer", false)),
        spelling(
            "string and bin lengths wider than needed, an empty map for nil, no last element",
            "95 d20000000b c50010" + id + " db0000000161 80 da000162",
            Elements.ofKind(11)
                .with("id", OTHER)
                .with("pattern", "a")
                .with("filter", null)
                .with("queue_group", "b")
                .with("durable", false)),
        spelling(
            "bin 32, str 8",
            "97 07 01 00 c600000010" + id + " d90162 01 05",
            receipt()
                .with("ids", new Elements.Ids(List.of(OTHER)))
                .with("recipient", "b")
                .with("time", 5)),
        spelling(
            "elements that this version does not know",
            "9a 04 07 c2 c0 ff 81a16b9201c0 cb3ff8000000000000 c705030000000000 d9026f6b c4027a7a",
            Elements.ofKind(4).with("number", 7).with("answer", false)),
        spelling(
            "unknown elements nested as deep as a reader must follow",
            "94 04 07 c2 9191919191919100",
            Elements.ofKind(4).with("number", 7).with("answer", false)));
  }

  private static Object spelling(String name, String hex, Elements sameAs) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return object("name", name, "bytes", bytes, "same_as", sameAs.pack());
  }

  private static @Nullable Object json(@Nullable Object value) {
    return value instanceof Elements.Ids(List<UUID> ids) ? ids : value;
  }

  private static Elements full() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("max_retries", "3");
    metadata.put("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    metadata.put("wörk", "日本 🚀");
    return message(1)
        .with("priority", 0)
        .with("guarantee", 2)
        .with("ttl", 60_000)
        .with("flags", 15)
        .with("hops", 16)
        .with("type", "t".repeat(64))
        .with("channel", "build/" + "c".repeat(249))
        .with("conversation", CONVERSATION)
        .with("correlation", OTHER)
        .with("timestamp", 1_700_000_000_000L)
        .with("content_type", "application/json; charset=utf-8")
        .with("metadata", metadata)
        .with("payload", Octets.repeat('x', 300));
  }

  private static Elements widths() {
    return message(3)
        .with("ttl", 65_536)
        .with("flags", 4_294_967_295L)
        .with("timestamp", 9_007_199_254_740_991L)
        .with("payload", Octets.repeat(0, 255));
  }

  private static Elements ranges(int kind) {
    return Elements.ofKind(kind)
        .with("stage", 3)
        .with("mailbox_epoch", 7)
        .with("ranges", List.of(1L, 127L, 129L, 129L, 70_000L, 4_294_967_296L));
  }

  private static Elements receipt() {
    return Elements.ofKind(7)
        .with("stage", 1)
        .with("code", 0)
        .with("ids", new Elements.Ids(List.of(ID, OTHER)))
        .with("recipient", "agent-b")
        .with("level", 1)
        .with("time", 1_700_000_000_456L);
  }

  private static Elements error() {
    return Elements.ofKind(8)
        .with("code", 10)
        .with("message_id", ID)
        .with("reason", "rate limited")
        .with("retry_after", 250)
        .with("kind_refused", 3);
  }

  private static Elements subscribe() {
    return Elements.ofKind(11)
        .with("id", OTHER)
        .with("pattern", "orders.>")
        .with("filter", new TreeMap<>(Map.of("meta.region", "eu", "type", "task")))
        .with("queue_group", "workers")
        .with("durable", true);
  }
}
