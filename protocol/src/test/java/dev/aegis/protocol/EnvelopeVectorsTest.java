package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.vectors.VectorJson;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Our codec against the published envelopes.
class EnvelopeVectorsTest {
  private static final JsonNode FILE = VectorJson.read("envelopes.json");

  static List<Named<JsonNode>> envelopes() {
    return named("envelopes");
  }

  static List<Named<JsonNode>> otherSpellings() {
    return named("other_spellings");
  }

  @ParameterizedTest
  @MethodSource("envelopes")
  void readsTheFieldsAndWritesTheBytes(JsonNode vector) throws Exception {
    byte[] bytes = bytes(vector, "bytes");
    Envelope envelope = EnvelopeCodec.decode(bytes, 0, bytes.length);
    assertThat(VectorJson.toText(EnvelopeFields.of(envelope)))
        .isEqualTo(VectorJson.toText(vector.required("fields")));
    assertThat(EnvelopeCodec.encode(envelope)).isEqualTo(bytes);
    if (envelope instanceof Message m) {
      assertThat(RoutingHeader.parse(bytes, 0, bytes.length, Limits.defaults()))
          .isEqualTo(
              new RoutingHeader(
                  m.kind(),
                  m.id(),
                  m.from(),
                  m.to(),
                  m.priority(),
                  m.guarantee(),
                  m.ttlMillis(),
                  m.flags(),
                  m.hops(),
                  m.type(),
                  m.channel(),
                  m.conversation(),
                  m.correlation(),
                  bytes.length));
    }
  }

  @ParameterizedTest
  @MethodSource("otherSpellings")
  void readsOtherSpellingsOfTheSame(JsonNode vector) throws Exception {
    byte[] bytes = bytes(vector, "bytes");
    assertThat(EnvelopeCodec.encode(EnvelopeCodec.decode(bytes, 0, bytes.length)))
        .isEqualTo(bytes(vector, "same_as"))
        .isNotEqualTo(bytes);
  }

  @Test
  void everyKindOfThisVersionIsThere() {
    Set<Integer> kinds = new HashSet<>();
    for (JsonNode vector : FILE.required("envelopes")) {
      kinds.add(vector.required("fields").required("kind").asInt());
    }
    for (Kind kind : Kind.values()) {
      assertThat(kinds.contains(kind.wire())).as(kind.name()).isEqualTo(kind != Kind.REKEY);
    }
  }

  private static List<Named<JsonNode>> named(String section) {
    return FILE.required(section).values().stream()
        .map(vector -> Named.of(vector.required("name").asString(), vector))
        .toList();
  }
}
