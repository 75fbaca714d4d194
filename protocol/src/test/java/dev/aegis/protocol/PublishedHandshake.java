package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;

import dev.aegis.crypto.Primitives;
import dev.aegis.protocol.reference.FixedRandom;
import dev.aegis.protocol.vectors.VectorJson;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Our two sides of the handshake of one vector file, with the inputs that stand there. Each call
/// of a side begins it anew.
record PublishedHandshake(JsonNode file, Primitives primitives) {
  static PublishedHandshake of(String fileName, Primitives primitives) {
    return new PublishedHandshake(VectorJson.read(fileName), primitives);
  }

  byte[] message(String name) {
    return bytes(file.required("messages"), name);
  }

  JsonNode agent() {
    return file.required("inputs").required("agent");
  }

  JsonNode gateway() {
    return file.required("inputs").required("gateway");
  }

  ClientHandshake client(FixedRandom random) throws InvalidKeyException {
    JsonNode agent = agent();
    Set<Suite> suites = EnumSet.noneOf(Suite.class);
    for (Suite suite : Suite.values()) {
      if ((agent.required("suites_offered").asInt() & suite.bit()) != 0) {
        suites.add(suite);
      }
    }
    return new ClientHandshake(
        new ClientHandshake.Config(
            primitives,
            primitives.ed25519().signingKey(bytes(agent, "identity_seed")),
            agent.required("agent_id").asString(),
            primitives.ed25519().verifyingKey(bytes(gateway(), "identity_key")),
            suites,
            agent.required("join_token").asString(),
            agent.required("mailbox_epoch").asLong(),
            agent.required("mailbox_cursor").asLong(),
            agent.required("capabilities").asInt()),
        random,
        text("subprotocol"),
        text("authority"),
        binding());
  }

  ServerHandshake server(FixedRandom random) {
    ByteBuffer cluster = ByteBuffer.wrap(bytes(file.required("inputs"), "cluster_id"));
    return new ServerHandshake(
        new ServerHandshake.Config(
            primitives,
            primitives.ed25519().signingKey(bytes(gateway(), "identity_seed")),
            new UUID(cluster.getLong(), cluster.getLong()),
            gateway().required("policy").asInt() == 1,
            gateway().required("largest_record").asInt()),
        random,
        text("subprotocol"),
        text("authority"),
        binding());
  }

  /// The agent's random, its X25519 key, and the seed of its ML-KEM pair where there is one.
  FixedRandom agentRandom() {
    return new FixedRandom(
        bytes(agent(), "random"),
        bytes(agent(), "x25519_private"),
        agent().has("mlkem_seed") ? bytes(agent(), "mlkem_seed") : new byte[0]);
  }

  FixedRandom gatewayRandom() {
    return new FixedRandom(
        bytes(gateway(), "random"),
        bytes(gateway(), "x25519_private"),
        gateway().has("mlkem_randomness") ? bytes(gateway(), "mlkem_randomness") : new byte[0]);
  }

  /// An agent that has sent M1 and waits for M2.
  ClientHandshake waitingClient() throws InvalidKeyException {
    return client(agentRandom());
  }

  /// A gateway that has sent M2 and waits for M3.
  ServerHandshake waitingServer() throws ProtocolException {
    ServerHandshake server = server(gatewayRandom());
    server.onM1(message("m1"));
    return server;
  }

  private Binding binding() {
    byte[] value = bytes(file.required("inputs"), "binding_value");
    return value.length == 0
        ? new Binding(BindingPolicy.OFF, Map.of())
        : new Binding(BindingPolicy.IF_AVAILABLE, Map.of(BindingMode.TLS_EXPORTER, value));
  }

  private String text(String input) {
    return file.required("inputs").required(input).asString();
  }
}
