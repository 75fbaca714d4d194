package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.reference.FixedRandom;
import dev.aegis.protocol.vectors.VectorJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Our handshake and our records against the published ones, by the fastest primitives and by the
/// portable ones.
class HandshakeVectorsTest {
  private static final List<Primitives> PRIMITIVES =
      List.of(Primitives.select(), Primitives.portable());

  static List<PublishedHandshake> handshakes() {
    List<PublishedHandshake> handshakes = new ArrayList<>();
    for (Primitives primitives : PRIMITIVES) {
      handshakes.add(PublishedHandshake.of("handshake-suite1.json", primitives));
      handshakes.add(PublishedHandshake.of("handshake-suite2.json", primitives));
    }
    return handshakes;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("handshakes")
  void agentSendsThePublishedMessages(PublishedHandshake published) throws Exception {
    FixedRandom random = published.agentRandom();
    ClientHandshake client = published.client(random);
    assertThat(random.isUsedUp()).isTrue();
    assertThat(client.m1()).isEqualTo(published.message("m1"));
    assertThat(client.onM2(published.message("m2"))).isEqualTo(published.message("m3"));
    assertSession(published, client.keys());
    byte[] welcome = bytes(published.file().required("m4"), "record");
    int length = client.keys().opener().open(welcome, 0, welcome.length);
    assertThat(Arrays.copyOf(welcome, length))
        .isEqualTo(bytes(published.file().required("m4"), "flight"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("handshakes")
  void gatewaySendsThePublishedMessages(PublishedHandshake published) throws Exception {
    FixedRandom random = published.gatewayRandom();
    ServerHandshake server = published.server(random);
    assertThat(server.onM1(published.message("m1"))).isEqualTo(published.message("m2"));
    assertThat(random.isUsedUp()).isTrue();
    AgentProof proof = server.onM3(published.message("m3"));
    JsonNode agent = published.agent();
    assertThat(proof.agentId()).isEqualTo(agent.required("agent_id").asString());
    assertThat(proof.joinToken()).isEqualTo(agent.required("join_token").asString());
    assertThat(proof.key().bytes()).isEqualTo(bytes(agent, "identity_key"));
    assertThat(proof.mailboxEpoch()).isEqualTo(agent.required("mailbox_epoch").asLong());
    assertThat(proof.mailboxCursor()).isEqualTo(agent.required("mailbox_cursor").asLong());
    assertThat(proof.capabilities()).isEqualTo(agent.required("capabilities").asInt());
    assertSession(published, server.keys());
    FlightWriter flight = new FlightWriter(64);
    flight.append(bytes(published.file().required("m4"), "envelope"));
    assertThat(flight.seal(server.keys().sealer()))
        .isEqualTo(bytes(published.file().required("m4"), "record"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("handshakes")
  void everySecretIsThePublishedOne(PublishedHandshake published) {
    JsonNode secrets = published.file().required("secrets");
    JsonNode transcript = published.file().required("transcript");
    JsonNode proofs = published.file().required("proofs");
    KeySchedule schedule =
        new KeySchedule(
            bytes(published.file().required("shared_secrets"), "ss"), bytes(transcript, "TH_M2c"));
    byte[] sessionHash = bytes(transcript, "TH_M3f");
    assertThat(schedule.handshake()).isEqualTo(bytes(secrets, "handshake"));
    assertThat(schedule.master()).isEqualTo(bytes(secrets, "master"));
    assertSecret(published, "c_hs", schedule.clientHandshake);
    assertSecret(published, "g_hs", schedule.gatewayHandshake);
    assertSecret(published, "c_ap", schedule.clientApplication(sessionHash));
    assertSecret(published, "g_ap", schedule.gatewayApplication(sessionHash));
    assertThat(KeySchedule.finished(schedule.gatewayHandshake, bytes(transcript, "TH_M2s")))
        .isEqualTo(bytes(proofs, "gateway_finished"));
    assertThat(KeySchedule.finished(schedule.clientHandshake, bytes(transcript, "TH_M3s")))
        .isEqualTo(bytes(proofs, "agent_finished"));
    assertThat(SigningInput.of(SigningInput.GATEWAY_AUTH, bytes(transcript, "TH_M2k")))
        .isEqualTo(bytes(proofs, "gateway_signing_input"));
    assertThat(SigningInput.of(SigningInput.AGENT_AUTH, bytes(transcript, "TH_M3k")))
        .isEqualTo(bytes(proofs, "agent_signing_input"));
  }

  static List<Primitives> primitives() {
    return PRIMITIVES;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("primitives")
  void bothSidesExchangeThePublishedRecords(Primitives primitives) throws Exception {
    JsonNode file = VectorJson.read("records.json");
    PublishedHandshake published =
        PublishedHandshake.of(file.required("handshake").asString(), primitives);
    ClientHandshake client = published.waitingClient();
    ServerHandshake server = published.waitingServer();
    client.onM2(published.message("m2"));
    server.onM3(published.message("m3"));
    assertRecords(
        file.required("agent_to_gateway"), client.keys().sealer(), server.keys().opener());
    assertRecords(
        file.required("gateway_to_agent"), server.keys().sealer(), client.keys().opener());
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("primitives")
  void recordNumbersCarryAsPublished(Primitives primitives) {
    JsonNode file = VectorJson.read("records.json");
    JsonNode handshake = VectorJson.read(file.required("handshake").asString());
    JsonNode keys = handshake.required("keys").required("c_ap");
    RecordSealer sealer = primitives.recordSealer(bytes(keys, "key"), bytes(keys, "iv"));
    for (JsonNode record : file.required("numbers")) {
      while (sealer.sequence() < record.required("number").asLong()) {
        sealer.seal(new byte[RecordSealer.TAG_BYTES], 0, 0);
      }
      byte[] flight = bytes(record, "flight");
      byte[] sealed = Arrays.copyOf(flight, flight.length + RecordSealer.TAG_BYTES);
      sealer.seal(sealed, 0, flight.length);
      assertThat(sealed).isEqualTo(bytes(record, "record"));
    }
  }

  private static void assertRecords(JsonNode records, RecordSealer sealer, RecordOpener opener)
      throws Exception {
    assertThat(records.size()).isPositive();
    FlightWriter writer = new FlightWriter(64);
    for (JsonNode record : records) {
      assertThat(sealer.sequence()).isEqualTo(record.required("number").asLong());
      for (byte[] envelope : envelopes(record)) {
        writer.append(envelope);
      }
      byte[] sealed = writer.seal(sealer);
      assertThat(sealed).isEqualTo(bytes(record, "record"));
      int length = opener.open(sealed, 0, sealed.length);
      assertThat(Arrays.copyOf(sealed, length)).isEqualTo(bytes(record, "flight"));
      FlightReader reader = new FlightReader(sealed, 0, length);
      for (byte[] envelope : envelopes(record)) {
        assertThat(reader.next()).isTrue();
        assertThat(Arrays.copyOfRange(sealed, reader.offset(), reader.offset() + reader.length()))
            .isEqualTo(envelope);
      }
      assertThat(reader.next()).isFalse();
    }
  }

  private static List<byte[]> envelopes(JsonNode record) {
    return VectorJson.list(record, "envelopes");
  }

  private static void assertSession(PublishedHandshake published, SessionKeys keys) {
    assertThat(keys.sessionHash())
        .isEqualTo(bytes(published.file().required("transcript"), "TH_M3f"));
    assertThat(keys.suite().wire()).isEqualTo(published.file().required("suite").asInt());
  }

  private static void assertSecret(PublishedHandshake published, String name, byte[] secret) {
    JsonNode key = published.file().required("keys").required(name);
    assertThat(secret).isEqualTo(bytes(published.file().required("secrets"), name));
    assertThat(KeySchedule.key(secret)).isEqualTo(bytes(key, "key"));
    assertThat(KeySchedule.iv(secret)).isEqualTo(bytes(key, "iv"));
  }
}
