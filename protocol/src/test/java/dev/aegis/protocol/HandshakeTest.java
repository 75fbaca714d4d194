package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandshakeTest {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey GATEWAY = PRIMITIVES.ed25519().generate(RANDOM);
  private static final SigningKey AGENT = PRIMITIVES.ed25519().generate(RANDOM);
  private static final String SUBPROTOCOL = "aegis.v1.msgpack";
  private static final Map<BindingMode, byte[]> EXPORTER =
      Map.of(BindingMode.TLS_EXPORTER, new byte[32]);

  @ParameterizedTest
  @EnumSource(Suite.class)
  void bothSidesEndWithTheSameSession(Suite suite) throws Exception {
    ClientHandshake client = client(Set.of(suite), binding(BindingPolicy.REQUIRED));
    ServerHandshake server = server(binding(BindingPolicy.IF_AVAILABLE));
    AgentProof proof = server.onM3(client.onM2(server.onM1(client.m1())));

    assertThat(proof.agentId()).isEqualTo("agent-a");
    assertThat(proof.key()).isEqualTo(AGENT.verifyingKey());
    assertThat(proof.joinToken()).isEqualTo("token");
    assertThat(proof.mailboxEpoch()).isEqualTo(7);
    assertThat(proof.mailboxCursor()).isEqualTo(9);
    assertThat(proof.capabilities()).isEqualTo(AgentProof.CAPABILITY_ZSTD);
    SessionKeys mine = client.keys();
    SessionKeys theirs = server.keys();
    assertThat(mine.sessionHash()).isEqualTo(theirs.sessionHash());
    assertThat(mine.suite()).isEqualTo(suite);
    FlightWriter flight = new FlightWriter(64);
    for (int i = 0; i < 3; i++) {
      flight.append(new byte[] {1, 2, 3});
      byte[] up = flight.seal(mine.sealer());
      assertThat(theirs.opener().open(up, 0, up.length)).isEqualTo(7);
      flight.append(new byte[] {4});
      byte[] down = flight.seal(theirs.sealer());
      assertThat(mine.opener().open(down, 0, down.length)).isEqualTo(5);
    }
  }

  @Test
  void choosesTheHybridSuiteWhereBothOfferIt() throws Exception {
    ClientHandshake client = client(Set.of(Suite.values()), binding(BindingPolicy.OFF));
    client.onM2(server(binding(BindingPolicy.OFF)).onM1(client.m1()));
    assertThat(client.keys().suite()).isEqualTo(Suite.X25519_MLKEM768);
  }

  @ParameterizedTest
  @EnumSource(Suite.class)
  void everyFlippedBitOfM1EndsTheHandshake(Suite suite) {
    flipEveryBit(
        client(Set.of(suite), binding(BindingPolicy.IF_AVAILABLE)).m1().length,
        alter -> {
          ClientHandshake client = client(Set.of(suite), binding(BindingPolicy.IF_AVAILABLE));
          ServerHandshake server = server(binding(BindingPolicy.IF_AVAILABLE));
          server.onM3(client.onM2(server.onM1(alter.apply(client.m1()))));
        });
  }

  @ParameterizedTest
  @EnumSource(Suite.class)
  void everyFlippedBitOfM2EndsTheHandshake(Suite suite) throws Exception {
    ClientHandshake sample = client(Set.of(suite), binding(BindingPolicy.IF_AVAILABLE));
    flipEveryBit(
        server(binding(BindingPolicy.IF_AVAILABLE)).onM1(sample.m1()).length,
        alter -> {
          ClientHandshake client = client(Set.of(suite), binding(BindingPolicy.IF_AVAILABLE));
          ServerHandshake server = server(binding(BindingPolicy.IF_AVAILABLE));
          client.onM2(alter.apply(server.onM1(client.m1())));
        });
  }

  @Test
  void everyFlippedBitOfM3EndsTheHandshake() throws Exception {
    int length = 1 + 150 + "agent-a".length() + "token".length() + 16;
    flipEveryBit(
        length,
        alter -> {
          ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
          ServerHandshake server = server(binding(BindingPolicy.OFF));
          server.onM3(alter.apply(client.onM2(server.onM1(client.m1()))));
        });
  }

  @Test
  void refusesEveryTruncationAndExtensionOfEveryMessage() throws Exception {
    ClientHandshake sample = client(Set.of(Suite.X25519_MLKEM768), binding(BindingPolicy.OFF));
    byte[] m1 = sample.m1();
    for (int length = 0; length < m1.length; length += 7) {
      byte[] cut = Arrays.copyOf(m1, length);
      assertRefused(() -> server(binding(BindingPolicy.OFF)).onM1(cut));
    }
    assertRefused(() -> server(binding(BindingPolicy.OFF)).onM1(Arrays.copyOf(m1, m1.length + 1)));
    byte[] m2 = server(binding(BindingPolicy.OFF)).onM1(m1);
    for (int length = 0; length < m2.length; length += 13) {
      byte[] cut = Arrays.copyOf(m2, length);
      assertRefused(
          () -> client(Set.of(Suite.X25519_MLKEM768), binding(BindingPolicy.OFF)).onM2(cut));
    }
    assertRefused(() -> sample.onM2(Arrays.copyOf(m2, m2.length + 1)));
  }

  @Test
  void toleratesAWellFormedCookieAndTicketWithoutOfferingThem() throws Exception {
    byte[] m1 = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF)).m1();
    byte[] extended = Arrays.copyOf(m1, m1.length + 2 + 3 + 2 + 4);
    extended[HandshakeLayout.M1_EXTENSIONS] = 3;
    extended[m1.length + 1] = 3;
    extended[m1.length + 6] = 4;
    assertThat(server(binding(BindingPolicy.OFF)).onM1(extended)[HandshakeLayout.M2_FLAGS])
        .isZero();
    extended[m1.length + 6] = 5;
    assertRefused(() -> server(binding(BindingPolicy.OFF)).onM1(extended));
  }

  @Test
  void agentTellsNothingToAGatewayItDidNotPin() throws Exception {
    ServerHandshake impostor =
        new ServerHandshake(
            new ServerHandshake.Config(
                PRIMITIVES, PRIMITIVES.ed25519().generate(RANDOM), new UUID(1, 2), true, 1 << 20),
            RANDOM,
            SUBPROTOCOL,
            "localhost:8443",
            binding(BindingPolicy.OFF));
    ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
    byte[] m2 = impostor.onM1(client.m1());
    assertThatThrownBy(() -> client.onM2(m2))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("pinned");
  }

  @Test
  void replayedMessagesProveNothing() throws Exception {
    ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
    byte[] m1 = client.m1();
    ServerHandshake server = server(binding(BindingPolicy.OFF));
    byte[] m3 = client.onM2(server.onM1(m1));
    server.onM3(m3);
    ServerHandshake second = server(binding(BindingPolicy.OFF));
    second.onM1(m1);
    assertRefused(() -> second.onM3(m3));
    assertRefused(() -> server.onM3(m3)); // twice in one handshake
    ServerHandshake third = server(binding(BindingPolicy.OFF));
    assertRefused(() -> third.onM3(m3)); // out of order
  }

  @Test
  void channelBindingMismatchEndsTheHandshake() throws Exception {
    byte[] other = new byte[32];
    other[0] = 1;
    ServerHandshake server =
        server(new Binding(BindingPolicy.IF_AVAILABLE, Map.of(BindingMode.TLS_EXPORTER, other)));
    ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.REQUIRED));
    byte[] m2 = server.onM1(client.m1());
    assertRefused(() -> client.onM2(m2));
  }

  @Test
  void requiredBindingIsNeverTalkedDown() throws Exception {
    ClientHandshake unbound = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
    assertRefused(() -> server(binding(BindingPolicy.REQUIRED)).onM1(unbound.m1()));
    ClientHandshake bound = client(Set.of(Suite.X25519), binding(BindingPolicy.REQUIRED));
    assertRefused(() -> server(binding(BindingPolicy.OFF)).onM1(bound.m1()));
  }

  @Test
  void aDifferentAuthorityOrSubprotocolEndsTheHandshake() throws Exception {
    ServerHandshake elsewhere =
        new ServerHandshake(
            config(), RANDOM, SUBPROTOCOL, "elsewhere:8443", binding(BindingPolicy.OFF));
    ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
    byte[] m2 = elsewhere.onM1(client.m1());
    assertRefused(() -> client.onM2(m2));
  }

  @Test
  void aRecordOfOneDirectionDoesNotOpenInTheOther() throws Exception {
    ClientHandshake client = client(Set.of(Suite.X25519), binding(BindingPolicy.OFF));
    ServerHandshake server = server(binding(BindingPolicy.OFF));
    server.onM3(client.onM2(server.onM1(client.m1())));
    FlightWriter flight = new FlightWriter(64);
    flight.append(new byte[] {1});
    byte[] record = flight.seal(client.keys().sealer());
    assertThatThrownBy(() -> client.keys().opener().open(record, 0, record.length))
        .isInstanceOf(AuthenticationException.class);
  }

  private interface Step {
    void run(UnaryOperator<byte[]> alter) throws ProtocolException;
  }

  private interface Refused {
    void run() throws ProtocolException;
  }

  /// Every bit of short messages; of long ones every byte with a bit that moves, to stay within
  /// seconds.
  private static void flipEveryBit(int length, Step step) {
    for (int at = 0; at < length; at++) {
      int bits = length < 300 ? 8 : 1;
      for (int b = 0; b < bits; b++) {
        int position = at;
        int bit = length < 300 ? b : at % 8;
        assertThatThrownBy(() ->
                step.run(bytes -> {
                  byte[] altered = bytes.clone();
                  altered[position] ^= (byte) (1 << bit);
                  return altered;
                }))
            .as("byte %d, bit %d", position, bit)
            .isInstanceOfSatisfying(
                ProtocolException.class,
                e -> assertThat(e.closeCode()).isEqualTo(CloseCode.HANDSHAKE_FAILED));
      }
    }
  }

  private static void assertRefused(Refused step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.closeCode()).isEqualTo(CloseCode.HANDSHAKE_FAILED));
  }

  private static Binding binding(BindingPolicy policy) {
    return new Binding(policy, EXPORTER);
  }

  private static ServerHandshake.Config config() {
    return new ServerHandshake.Config(PRIMITIVES, GATEWAY, new UUID(1, 2), true, 1 << 20);
  }

  private static ServerHandshake server(Binding binding) {
    return new ServerHandshake(config(), RANDOM, SUBPROTOCOL, "localhost:8443", binding);
  }

  private static ClientHandshake client(Set<Suite> suites, Binding binding) {
    return new ClientHandshake(
        new ClientHandshake.Config(
            PRIMITIVES,
            AGENT,
            "agent-a",
            GATEWAY.verifyingKey(),
            suites,
            "token",
            7,
            9,
            AgentProof.CAPABILITY_ZSTD),
        RANDOM,
        SUBPROTOCOL,
        "Localhost:8443",
        binding);
  }
}
