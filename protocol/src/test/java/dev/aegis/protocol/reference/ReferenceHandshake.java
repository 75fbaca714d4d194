package dev.aegis.protocol.reference;

import static dev.aegis.protocol.reference.Octets.ascii;
import static dev.aegis.protocol.reference.Octets.concat;
import static dev.aegis.protocol.reference.Octets.integer;
import static dev.aegis.protocol.reference.Octets.lp16;
import static dev.aegis.protocol.reference.Octets.lp8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.crypto.KEM;

/// Both sides of one handshake at once, with every value in between by the name that PROTOCOL.md
/// section 3 gives it.
public final class ReferenceHandshake {
  /// A part of the handshake that one side may get wrong. What depends on it is computed from the
  /// altered bytes.
  public enum Part {
    M2_HEAD,
    M2_SIGNATURE,
    M2_FINISHED,
    M3_HEAD,
    M3_SIGNATURE,
    M3_FINISHED
  }

  /// What happens to the parts on their way into the messages.
  @FunctionalInterface
  public interface Alteration {
    byte[] apply(Part part, byte[] honest);
  }

  private static final byte[] ZEROS = new byte[32];

  private final HandshakeInputs inputs;
  private final Alteration alteration;
  private final Map<String, byte[]> values = new LinkedHashMap<>();
  private byte[] transcript = new byte[0];

  public ReferenceHandshake(HandshakeInputs inputs) throws GeneralSecurityException {
    this(inputs, (_, honest) -> honest);
  }

  public ReferenceHandshake(HandshakeInputs inputs, Alteration alteration)
      throws GeneralSecurityException {
    this.inputs = inputs;
    this.alteration = alteration;
    helloes();
    handshakeSecrets();
    gatewayProof();
    agentProof();
    applicationSecrets();
  }

  /// A value by its name: `m1`, `TH_M2c`, `c_hs`, …
  public byte[] get(String name) {
    byte[] value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no value " + name);
    }
    return value.clone();
  }

  private void helloes() throws GeneralSecurityException {
    HandshakeInputs.Agent agent = inputs.agent();
    HandshakeInputs.Gateway gateway = inputs.gateway();
    byte[] agentShare = Agreement.x25519Public(agent.x25519Private());
    byte[] gatewayShare = Agreement.x25519Public(gateway.x25519Private());
    byte[] ss = Agreement.x25519(agent.x25519Private(), gatewayShare);
    values.put("ss_x25519", ss);
    byte[] encapsulationKey = new byte[0];
    byte[] ciphertext = new byte[0];
    if (inputs.hybrid()) {
      KeyPair pair = Agreement.mlKemPair(agent.mlKemSeed());
      KEM.Encapsulated sealed = Agreement.encapsulate(pair, gateway.mlKemRandomness());
      encapsulationKey = Agreement.encapsulationKey(pair);
      ciphertext = sealed.encapsulation();
      byte[] opened = Agreement.decapsulate(pair, ciphertext);
      if (!Arrays.equals(opened, sealed.key().getEncoded())) {
        throw new GeneralSecurityException("the two sides of ML-KEM disagree");
      }
      values.put("ss_mlkem", opened);
      ss = concat(opened, ss);
    }
    values.put("ss", ss);
    values.put(
        "m1",
        concat(
            new byte[] {1, 1},
            integer(2, inputs.suitesOffered()),
            integer(1, inputs.bindingModes()),
            new byte[3], // extensions, reserved
            agent.random(),
            agentShare,
            encapsulationKey));
    values.put(
        "m2_clear",
        concat(
            new byte[] {2, 1},
            integer(1, inputs.suite()),
            integer(1, inputs.bindingMode()),
            new byte[4], // flags, reserved
            inputs.clusterId(),
            gateway.random(),
            gatewayShare,
            ciphertext));
    values.put(
        "prologue",
        concat(
            lp8(ascii("aegis v1")),
            lp8(ascii(inputs.subprotocol())),
            lp16(ascii(inputs.authority().toLowerCase(Locale.ROOT))),
            inputs.clusterId(),
            integer(1, inputs.bindingMode()),
            lp8(inputs.bindingValue())));
  }

  private void handshakeSecrets() throws GeneralSecurityException {
    hear(get("prologue"));
    hear(get("m1"));
    hear(get("m2_clear"), "TH_M2c");
    byte[] early = Kdf.extract(ZEROS, ZEROS);
    byte[] handshake = Kdf.extract(Kdf.derived(early), get("ss"));
    values.put("early", early);
    values.put("handshake", handshake);
    values.put("c_hs", Kdf.expandLabel(handshake, "c hs", get("TH_M2c"), 32));
    values.put("g_hs", Kdf.expandLabel(handshake, "g hs", get("TH_M2c"), 32));
    values.put("master", Kdf.extract(Kdf.derived(handshake), ZEROS));
  }

  private void gatewayProof() throws GeneralSecurityException {
    HandshakeInputs.Gateway gateway = inputs.gateway();
    byte[] head =
        alteration.apply(
            Part.M2_HEAD,
            concat(
                integer(4, gateway.policy()),
                integer(4, gateway.largestRecord()),
                Signing.publicKey(gateway.identitySeed())));
    hear(head, "TH_M2k");
    byte[] input = Signing.input(Signing.GATEWAY_AUTH, get("TH_M2k"));
    byte[] signature =
        alteration.apply(Part.M2_SIGNATURE, Signing.sign(gateway.identitySeed(), input));
    hear(signature, "TH_M2s");
    byte[] finished =
        alteration.apply(Part.M2_FINISHED, Kdf.hmac(Kdf.finishedKey(get("g_hs")), get("TH_M2s")));
    hear(finished, "TH_M2f");
    values.put("gateway_signing_input", input);
    values.put("gateway_signature", signature);
    values.put("gateway_finished_key", Kdf.finishedKey(get("g_hs")));
    values.put("gateway_finished", finished);
    values.put("m2_inner", concat(head, signature, finished));
    values.put("m2", concat(get("m2_clear"), Records.seal(get("g_hs"), 0, get("m2_inner"))));
  }

  private void agentProof() throws GeneralSecurityException {
    HandshakeInputs.Agent agent = inputs.agent();
    byte[] head =
        alteration.apply(
            Part.M3_HEAD,
            concat(
                integer(8, agent.mailboxEpoch()),
                integer(8, agent.mailboxCursor()),
                integer(4, agent.capabilities()),
                integer(1, agent.id().length()),
                integer(1, agent.joinToken().length()),
                ascii(agent.id()),
                ascii(agent.joinToken()),
                Signing.publicKey(agent.identitySeed())));
    hear(head, "TH_M3k");
    byte[] input = Signing.input(Signing.AGENT_AUTH, get("TH_M3k"));
    byte[] signature =
        alteration.apply(Part.M3_SIGNATURE, Signing.sign(agent.identitySeed(), input));
    hear(signature, "TH_M3s");
    byte[] finished =
        alteration.apply(Part.M3_FINISHED, Kdf.hmac(Kdf.finishedKey(get("c_hs")), get("TH_M3s")));
    hear(finished, "TH_M3f");
    values.put("agent_signing_input", input);
    values.put("agent_signature", signature);
    values.put("agent_finished_key", Kdf.finishedKey(get("c_hs")));
    values.put("agent_finished", finished);
    values.put("m3_inner", concat(head, signature, finished));
    values.put("m3", concat(new byte[] {3}, Records.seal(get("c_hs"), 0, get("m3_inner"))));
  }

  private void applicationSecrets() throws GeneralSecurityException {
    for (String name : new String[] {"c_ap", "g_ap", "res"}) {
      values.put(name, Kdf.expandLabel(get("master"), name.replace('_', ' '), get("TH_M3f"), 32));
    }
  }

  private void hear(byte[] part) {
    transcript = concat(transcript, part);
  }

  private void hear(byte[] part, String hashAfterwards) throws GeneralSecurityException {
    hear(part);
    values.put(hashAfterwards, Kdf.sha256(transcript));
  }
}
