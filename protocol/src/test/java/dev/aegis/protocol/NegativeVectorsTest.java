package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static dev.aegis.protocol.vectors.VectorJson.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.protocol.Control.WindowSignature;
import dev.aegis.protocol.reference.FixedRandom;
import dev.aegis.protocol.vectors.VectorJson;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// What the published negative vectors hold is refused, with the code they name and by the check
/// they name.
class NegativeVectorsTest {
  private static final JsonNode FILE = VectorJson.read("negative.json");
  private static final Primitives PRIMITIVES = Primitives.select();

  private static final Map<String, String> M1_DETAILS =
      Map.of(
          "form",
          "not an M1.*|reserved bits.*|ML-KEM key is missing|extension.*|bytes behind M1",
          "offer",
          "no common.*",
          "key share",
          "unacceptable key share");

  private static final Map<String, String> M2_DETAILS =
      Map.of(
          "form", "not an M2.*|reserved bits.*|M2 has the wrong length",
          "offer", ".*not offered",
          "key share", "unacceptable key share",
          "encryption", "M2 did not open",
          "identity", "gateway is not the one that was pinned",
          "proof", "gateway did not prove its key");

  private static final Map<String, String> M3_DETAILS =
      Map.of(
          "form", "not an M3|M3 is too short|M3 has the wrong length|not an agent id",
          "encryption", "M3 did not open",
          "identity", "unacceptable agent key",
          "proof", "agent did not prove its key");

  static final List<String> SECTIONS =
      List.of("m1", "m2", "m3", "records", "flights", "envelopes", "windows");

  @ParameterizedTest
  @FieldSource("SECTIONS")
  void everySectionHasCases(String section) {
    assertThat(FILE.required(section).size()).isGreaterThan(10);
  }

  static List<Named<JsonNode>> m1() {
    return cases("m1");
  }

  @ParameterizedTest
  @MethodSource("m1")
  void gatewayRefusesM1(JsonNode vector) {
    PublishedHandshake published = handshake(vector);
    FixedRandom random = published.gatewayRandom();
    assertHandshakeFails(
        M1_DETAILS, vector, () -> published.server(random).onM1(bytes(vector, "bytes")));
  }

  static List<Named<JsonNode>> m2() {
    return cases("m2");
  }

  @ParameterizedTest
  @MethodSource("m2")
  void agentRefusesM2(JsonNode vector) throws Exception {
    ClientHandshake client = handshake(vector).waitingClient();
    assertHandshakeFails(M2_DETAILS, vector, () -> client.onM2(bytes(vector, "bytes")));
    assertThatThrownBy(client::keys).isInstanceOf(IllegalStateException.class);
  }

  static List<Named<JsonNode>> m3() {
    return cases("m3");
  }

  @ParameterizedTest
  @MethodSource("m3")
  void gatewayRefusesM3(JsonNode vector) throws Exception {
    ServerHandshake server = handshake(vector).waitingServer();
    assertHandshakeFails(M3_DETAILS, vector, () -> server.onM3(bytes(vector, "bytes")));
    assertThatThrownBy(server::keys).isInstanceOf(IllegalStateException.class);
  }

  static List<Named<JsonNode>> records() {
    return cases("records");
  }

  @ParameterizedTest
  @MethodSource("records")
  void recordsDoNotOpen(JsonNode vector) throws Exception {
    JsonNode records = VectorJson.read("records.json");
    JsonNode key =
        VectorJson.read(records.required("handshake").asString()).required("keys").required("c_ap");
    RecordOpener opener = PRIMITIVES.recordOpener(bytes(key, "key"), bytes(key, "iv"));
    byte[] first = bytes(records.required("agent_to_gateway").required(0), "record");
    opener.open(first, 0, first.length);
    byte[] record = bytes(vector, "bytes");
    assertThatThrownBy(() -> opener.open(record, 0, record.length))
        .isInstanceOf(AuthenticationException.class);
    assertThat(vector.required("close_code").asInt()).isEqualTo(CloseCode.BAD_RECORD.wire());
  }

  static List<Named<JsonNode>> flights() {
    return cases("flights");
  }

  @ParameterizedTest
  @MethodSource("flights")
  void flightsAreBroken(JsonNode vector) {
    byte[] flight = bytes(vector, "bytes");
    FlightReader reader = new FlightReader(flight, 0, flight.length);
    assertCloses(
        vector,
        () -> {
          while (reader.next()) {
            assertThat(reader.length()).isPositive();
          }
        });
  }

  static List<Named<JsonNode>> envelopes() {
    return cases("envelopes");
  }

  @ParameterizedTest
  @MethodSource("envelopes")
  void envelopesAreRefused(JsonNode vector) {
    byte[] bytes = bytes(vector, "bytes");
    JsonNode limits = FILE.required("limits");
    Limits set =
        new Limits(
            limits.required("payload").asInt(),
            limits.required("hops").asInt(),
            limits.required("ttl").asLong(),
            1_024);
    assertThatThrownBy(
            () -> {
              if (EnvelopeCodec.kind(bytes, 0, bytes.length).isMessage()) {
                RoutingHeader.parse(bytes, 0, bytes.length, set);
              } else {
                EnvelopeCodec.decode(bytes, 0, bytes.length);
              }
            })
        .isInstanceOfSatisfying(
            EnvelopeException.class,
            e ->
                assertThat(e.code().wire())
                    .as(e.reason())
                    .isEqualTo(vector.required("error_code").asInt()));
  }

  static List<Named<JsonNode>> windows() {
    return cases("windows");
  }

  @ParameterizedTest
  @MethodSource("windows")
  void windowsDoNotVerify(JsonNode vector) throws Exception {
    JsonNode file = VectorJson.read("windows.json");
    WindowVerifier verifier =
        new WindowVerifier(
            PRIMITIVES.ed25519().verifyingKey(bytes(file, "agent_key")),
            bytes(file, "session_hash"),
            1_024);
    for (byte[] message : list(vector, "messages")) {
      verifier.add(message, 0, message.length);
    }
    WindowSignature signature =
        new WindowSignature(
            vector.required("first_index").asLong(),
            vector.required("count").asInt(),
            bytes(vector, "signature"));
    assertCloses(vector, () -> verifier.verify(signature));
  }

  private static List<Named<JsonNode>> cases(String section) {
    return FILE.required(section).values().stream()
        .map(vector -> Named.of(vector.required("name").asString(), vector))
        .toList();
  }

  private static PublishedHandshake handshake(JsonNode vector) {
    return PublishedHandshake.of(vector.required("handshake").asString(), PRIMITIVES);
  }

  private static void assertHandshakeFails(
      Map<String, String> details, JsonNode vector, ThrowingCallable step) {
    String detail = String.valueOf(details.get(vector.required("check").asString()));
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> {
              assertThat(e.closeCode()).isEqualTo(CloseCode.HANDSHAKE_FAILED);
              assertThat(e).hasMessageMatching(detail);
            });
  }

  private static void assertCloses(JsonNode vector, ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.closeCode().wire()).isEqualTo(vector.required("close_code").asInt()));
  }
}
