package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Elements;
import dev.aegis.protocol.reference.HandshakeInputs;
import dev.aegis.protocol.reference.Kdf;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Records;
import dev.aegis.protocol.reference.ReferenceHandshake;
import dev.aegis.protocol.reference.Signing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `handshake-suite1.json` and `handshake-suite2.json`.
public final class HandshakeVectors {
  private HandshakeVectors() {}

  /// The inputs of a suite's handshake. The first enrols without channel binding; the second comes
  /// back with a cursor, is bound to its TLS connection, and offers both suites.
  public static HandshakeInputs inputs(int suite) throws GeneralSecurityException {
    boolean hybrid = suite == 2;
    String label = "suite " + suite + " ";
    return new HandshakeInputs(
        suite,
        hybrid ? 3 : 1,
        "aegis.v1.msgpack",
        hybrid ? "Gateway.Example:8443" : "localhost:8443",
        Arrays.copyOf(fixed(label + "cluster id"), 16),
        hybrid ? 3 : 1,
        hybrid ? 2 : 1,
        hybrid ? fixed(label + "tls exporter") : new byte[0],
        new HandshakeInputs.Agent(
            fixed("agent identity"),
            "agent-a",
            hybrid ? "" : "join-me-once",
            hybrid ? 7 : 0,
            hybrid ? 4_294_967_299L : 0,
            hybrid ? 1 : 0,
            fixed(label + "agent random"),
            fixed(label + "agent x25519"),
            Octets.concat(fixed(label + "d"), fixed(label + "z"))),
        new HandshakeInputs.Gateway(
            fixed("gateway identity"),
            1,
            1_130_496,
            fixed(label + "gateway random"),
            fixed(label + "gateway x25519"),
            fixed(label + "m")));
  }

  /// 32 bytes that nobody chose.
  public static byte[] fixed(String label) throws GeneralSecurityException {
    return Kdf.sha256(("aegis test vectors: " + label).getBytes(StandardCharsets.US_ASCII));
  }

  /// The welcome that ends both handshakes.
  public static Elements welcome() throws GeneralSecurityException {
    return Elements.ofKind(15)
        .with("agent_id", "agent-a")
        .with("session_token", fixed("session token"))
        .with("ticket", null)
        .with("session_epoch", 3)
        .with("mailbox_epoch", 7)
        .with("next_mailbox_sequence", 12)
        .with("capabilities", 0)
        .with("largest_record", 1_130_496)
        .with("largest_payload", 1_048_576)
        .with("signing", 1)
        .with("heartbeat_interval", 30_000)
        .with("credit_messages", 1_024)
        .with("credit_bytes", 16_777_216)
        .with("gateway_time", 1_700_000_000_000L)
        .with("gateway_version", "0.1.0");
  }

  static Map<String, @Nullable Object> file(int suite)
      throws GeneralSecurityException, IOException {
    HandshakeInputs inputs = inputs(suite);
    ReferenceHandshake handshake = new ReferenceHandshake(inputs);
    return object(
        "suite", suite,
        "inputs", inputs(inputs),
        "messages", values(handshake, "m1", "m2_clear", "m2_inner", "m2", "m3_inner", "m3"),
        "shared_secrets",
            inputs.hybrid()
                ? values(handshake, "ss_x25519", "ss_mlkem", "ss")
                : values(handshake, "ss_x25519", "ss"),
        "transcript",
            values(
                handshake,
                "prologue",
                "TH_M2c",
                "TH_M2k",
                "TH_M2s",
                "TH_M2f",
                "TH_M3k",
                "TH_M3s",
                "TH_M3f"),
        "secrets",
            values(
                handshake, "early", "handshake", "c_hs", "g_hs", "master", "c_ap", "g_ap", "res"),
        "keys", keys(handshake),
        "proofs",
            values(
                handshake,
                "gateway_signing_input",
                "gateway_signature",
                "gateway_finished_key",
                "gateway_finished",
                "agent_signing_input",
                "agent_signature",
                "agent_finished_key",
                "agent_finished"),
        "m4", m4(handshake));
  }

  private static Map<String, @Nullable Object> inputs(HandshakeInputs inputs)
      throws GeneralSecurityException {
    HandshakeInputs.Agent agent = inputs.agent();
    HandshakeInputs.Gateway gateway = inputs.gateway();
    Map<String, @Nullable Object> agentSide =
        object(
            "identity_seed", agent.identitySeed(),
            "identity_key", Signing.publicKey(agent.identitySeed()),
            "agent_id", agent.id(),
            "join_token", agent.joinToken(),
            "mailbox_epoch", agent.mailboxEpoch(),
            "mailbox_cursor", agent.mailboxCursor(),
            "capabilities", agent.capabilities(),
            "suites_offered", inputs.suitesOffered(),
            "binding_modes_offered", inputs.bindingModes(),
            "random", agent.random(),
            "x25519_private", agent.x25519Private());
    Map<String, @Nullable Object> gatewaySide =
        object(
            "identity_seed", gateway.identitySeed(),
            "identity_key", Signing.publicKey(gateway.identitySeed()),
            "policy", gateway.policy(),
            "largest_record", gateway.largestRecord(),
            "random", gateway.random(),
            "x25519_private", gateway.x25519Private());
    if (inputs.hybrid()) {
      agentSide.putAll(object("mlkem_seed", agent.mlKemSeed()));
      gatewaySide.putAll(object("mlkem_randomness", gateway.mlKemRandomness()));
    }
    return object(
        "subprotocol", inputs.subprotocol(),
        "authority", inputs.authority(),
        "cluster_id", inputs.clusterId(),
        "binding_mode", inputs.bindingMode(),
        "binding_value", inputs.bindingValue(),
        "agent", agentSide,
        "gateway", gatewaySide);
  }

  private static Map<String, @Nullable Object> values(
      ReferenceHandshake handshake, String... names) {
    Map<String, @Nullable Object> values = object();
    for (String name : names) {
      values.putAll(object(name, handshake.get(name)));
    }
    return values;
  }

  private static Map<String, @Nullable Object> keys(ReferenceHandshake handshake)
      throws GeneralSecurityException {
    Map<String, @Nullable Object> keys = object();
    for (String name : List.of("c_hs", "g_hs", "c_ap", "g_ap")) {
      byte[] secret = handshake.get(name);
      keys.put(name, object("key", Kdf.key(secret), "iv", Kdf.iv(secret)));
    }
    return keys;
  }

  private static Map<String, @Nullable Object> m4(ReferenceHandshake handshake)
      throws GeneralSecurityException, IOException {
    byte[] envelope = welcome().pack();
    byte[] flight = Records.flight(List.of(envelope));
    return object(
        "envelope", envelope,
        "flight", flight,
        "record", Records.seal(handshake.get("g_ap"), 0, flight));
  }
}
