package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.aegis.crypto.Primitives;
import dev.aegis.protocol.reference.FixedRandom;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Records;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/// Any bytes as a handshake message: the handshake fails, or they were the honest ones. The inner
/// parts are fuzzed sealed, as a peer would that has the keys and bad intentions.
class HandshakeFuzz {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final PublishedHandshake CLASSICAL =
      PublishedHandshake.of("handshake-suite1.json", PRIMITIVES);
  private static final PublishedHandshake HYBRID =
      PublishedHandshake.of("handshake-suite2.json", PRIMITIVES);

  private interface Step {
    byte[] run() throws ProtocolException;
  }

  static List<byte[]> m1() {
    return Seeds.messages("m1");
  }

  static List<byte[]> m2() {
    return Seeds.messages("m2");
  }

  static List<byte[]> m3() {
    return Seeds.messages("m3");
  }

  static List<byte[]> m2Inner() {
    return List.of(CLASSICAL.message("m2_inner"), HYBRID.message("m2_inner"));
  }

  static List<byte[]> m3Inner() {
    return List.of(CLASSICAL.message("m3_inner"), HYBRID.message("m3_inner"));
  }

  @MethodSource("m1")
  @FuzzTest(maxDuration = "60s")
  void gatewayAnswersOrRefusesM1(byte[] m1) {
    for (PublishedHandshake published : List.of(CLASSICAL, HYBRID)) {
      FixedRandom random = new FixedRandom(new byte[96]);
      byte[] m2 = outcome(() -> published.server(random).onM1(m1));
      if (m2.length > 0) {
        boolean hybrid = m2[HandshakeLayout.M2_SUITE] == Suite.X25519_MLKEM768.wire();
        assertThat(m2).hasSize((hybrid ? 1_176 : 88) + 136 + 16);
        assertThat(m1[HandshakeLayout.M1_BINDING] & m2[HandshakeLayout.M2_BINDING]).isPositive();
        assertThat(m1[HandshakeLayout.M1_SUITES + 1] & (hybrid ? 2 : 1)).isPositive();
      }
    }
  }

  @MethodSource("m2")
  @FuzzTest(maxDuration = "60s")
  void agentRefusesAllButTheHonestM2(byte[] m2) throws Exception {
    for (PublishedHandshake published : List.of(CLASSICAL, HYBRID)) {
      ClientHandshake client = published.waitingClient();
      assertHonest(outcome(() -> client.onM2(m2)), m2, published.message("m2"));
    }
  }

  @MethodSource("m2Inner")
  @FuzzTest(maxDuration = "60s")
  void agentRefusesAllButTheHonestInnerPartOfM2(byte[] inner) throws Exception {
    byte[] secret = bytes(CLASSICAL.file().required("secrets"), "g_hs");
    byte[] m2 = Octets.concat(CLASSICAL.message("m2_clear"), Records.seal(secret, 0, inner));
    ClientHandshake client = CLASSICAL.waitingClient();
    assertHonest(outcome(() -> client.onM2(m2)), inner, CLASSICAL.message("m2_inner"));
  }

  @MethodSource("m3")
  @FuzzTest(maxDuration = "60s")
  void gatewayRefusesAllButTheHonestM3(byte[] m3) throws Exception {
    for (PublishedHandshake published : List.of(CLASSICAL, HYBRID)) {
      ServerHandshake server = published.waitingServer();
      assertHonest(outcome(() -> proof(server, m3)), m3, published.message("m3"));
    }
  }

  @MethodSource("m3Inner")
  @FuzzTest(maxDuration = "60s")
  void gatewayRefusesAllButTheHonestInnerPartOfM3(byte[] inner) throws Exception {
    byte[] secret = bytes(CLASSICAL.file().required("secrets"), "c_hs");
    byte[] m3 = Octets.concat(new byte[] {3}, Records.seal(secret, 0, inner));
    ServerHandshake server = CLASSICAL.waitingServer();
    assertHonest(outcome(() -> proof(server, m3)), inner, CLASSICAL.message("m3_inner"));
  }

  private static byte[] proof(ServerHandshake server, byte[] m3) throws ProtocolException {
    return server.onM3(m3).key().bytes();
  }

  /// What a step gives; nothing when it refuses.
  private static byte[] outcome(Step step) {
    try {
      return step.run();
    } catch (ProtocolException e) {
      assertThat(e.closeCode()).isEqualTo(CloseCode.HANDSHAKE_FAILED);
      return new byte[0];
    }
  }

  private static void assertHonest(byte[] outcome, byte[] input, byte[] honest) {
    assertThat(outcome.length > 0).isEqualTo(java.util.Arrays.equals(input, honest));
  }
}
