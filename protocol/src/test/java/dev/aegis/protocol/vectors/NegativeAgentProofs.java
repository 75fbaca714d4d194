package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.reference.Octets.concat;
import static dev.aegis.protocol.reference.Octets.flip;
import static dev.aegis.protocol.reference.Octets.integer;
import static dev.aegis.protocol.reference.Octets.shorten;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.HandshakeInputs;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Records;
import dev.aegis.protocol.reference.ReferenceHandshake;
import dev.aegis.protocol.reference.ReferenceHandshake.Part;
import dev.aegis.protocol.reference.Signing;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// Versions of M3 that a gateway refuses.
final class NegativeAgentProofs {
  private static final byte[] TYPE = {3};
  private static final int LENGTHS = 20;

  private final List<Object> cases = new ArrayList<>();
  private final HandshakeInputs inputs = HandshakeVectors.inputs(1);
  private final byte[] seed = inputs.agent().identitySeed();
  private final byte[] key = Signing.publicKey(seed);
  private final byte[] id = Octets.ascii(inputs.agent().id());
  private final byte[] token = Octets.ascii(inputs.agent().joinToken());
  private final ReferenceHandshake honest = new ReferenceHandshake(inputs);
  private final byte[] m3 = honest.get("m3");

  private NegativeAgentProofs() throws GeneralSecurityException {}

  static List<Object> m3() throws GeneralSecurityException {
    NegativeAgentProofs proofs = new NegativeAgentProofs();
    proofs.forms();
    proofs.alterations();
    proofs.lengths();
    proofs.names();
    proofs.identities();
    proofs.signatures();
    return proofs.cases;
  }

  private void forms() {
    add("form", "nothing", new byte[0]);
    add("form", "another type", Octets.replace(m3, 0, new byte[] {2}));
    add("form", "M1 again", honest.get("m1"));
  }

  private void alterations() throws GeneralSecurityException {
    add("encryption", "the type alone", TYPE);
    add("encryption", "15 bytes for a tag", concat(TYPE, new byte[15]));
    add("encryption", "the first bit of the ciphertext", flip(m3, 1, 0));
    add("encryption", "the last bit of the tag", flip(m3, -1, 7));
    add("encryption", "a byte less", shorten(m3, 1));
    add("encryption", "a byte more", concat(m3, new byte[1]));
    add("encryption", "sealed as record 1", sealed("c_hs", 1, honest.get("m3_inner")));
    add(
        "encryption",
        "sealed with the key of the gateway",
        sealed("g_hs", 0, honest.get("m3_inner")));
    add(
        "encryption",
        "M3 of another handshake",
        new ReferenceHandshake(HandshakeVectors.inputs(2)).get("m3"));
  }

  private void lengths() throws GeneralSecurityException {
    add("form", "an empty inner part", sealed("c_hs", 0, new byte[0]));
    byte[] inner = honest.get("m3_inner");
    add("form", "an inner part of 149 bytes", sealed("c_hs", 0, Arrays.copyOf(inner, 149)));
    add("form", "inner part a byte less", sealed("c_hs", 0, shorten(inner, 1)));
    add("form", "inner part a byte more", sealed("c_hs", 0, concat(inner, new byte[1])));
    add(
        "form",
        "lengths beyond the end",
        sealed("c_hs", 0, Octets.replace(inner, LENGTHS, new byte[] {-1, -1})));
    head("form", "a token of 129 bytes", head(id, Octets.repeat('t', 129), key));
  }

  private void names() throws GeneralSecurityException {
    head("form", "no agent id", head(new byte[0], token, key));
    for (String name : List.of("-agent", ".agent", "agent a", "agent/a", "agent\u0000", "*")) {
      head(
          "form",
          "agent id " + name.replace("\u0000", "NUL"),
          head(Octets.ascii(name), token, key));
    }
    head("form", "agent id in UTF-8", head("agënt".getBytes(StandardCharsets.UTF_8), token, key));
  }

  private void identities() throws GeneralSecurityException {
    for (byte[] unacceptable : NegativeKeys.ed25519()) {
      byte[] forged = Signing.underNeutralKey(seed);
      boolean neutral = Arrays.equals(unacceptable, Signing.NEUTRAL);
      byte[] head = head(id, token, unacceptable);
      add(
          "identity",
          neutral
              ? "key of order 1 and a signature that fits it"
              : "key "
                  + java.util.HexFormat.of().formatHex(unacceptable, 0, 4)
                  + "…"
                  + java.util.HexFormat.of().formatHex(unacceptable, 31, 32),
          new ReferenceHandshake(
                  inputs,
                  (part, bytes) ->
                      switch (part) {
                        case M3_HEAD -> head;
                        case M3_SIGNATURE -> forged;
                        case M3_FINISHED, M2_HEAD, M2_SIGNATURE, M2_FINISHED -> bytes;
                      })
              .get("m3"));
    }
  }

  private void signatures() throws GeneralSecurityException {
    byte[] stranger = HandshakeVectors.fixed("stranger identity");
    byte[] input = honest.get("agent_signing_input");
    head(
        "proof",
        "the stranger's key, the agent's signature",
        head(id, token, Signing.publicKey(stranger)));
    signature("a bit of the signature", signature -> flip(signature, 33, 1));
    signature("S + L for S", Signing::withUnreducedScalar);
    byte[] smallR = Signing.withNeutralR(seed, input);
    signature("R of small order", _ -> smallR);
    byte[] byStranger = Signing.sign(stranger, input);
    signature("the stranger's signature", _ -> byStranger);
    byte[] asGateway =
        Signing.sign(seed, Signing.input(Signing.GATEWAY_AUTH, honest.get("TH_M3k")));
    signature("signed in the gateway's role", _ -> asGateway);
    byte[] old = Signing.sign(seed, Signing.input(Signing.AGENT_AUTH, honest.get("TH_M2f")));
    signature("signed over another transcript", _ -> old);
    add("proof", "a bit of the Finished", altered(Part.M3_FINISHED, f -> flip(f, 0, 0)));
    byte[] gatewayFinished = honest.get("gateway_finished");
    add("proof", "the gateway's Finished", altered(Part.M3_FINISHED, _ -> gatewayFinished));
  }

  private static byte[] head(byte[] id, byte[] token, byte[] key) {
    return concat(
        new byte[LENGTHS], integer(1, id.length), integer(1, token.length), id, token, key);
  }

  private void head(String check, String name, byte[] head) throws GeneralSecurityException {
    add(check, name, altered(Part.M3_HEAD, _ -> head));
  }

  private byte[] altered(Part altered, UnaryOperator<byte[]> how) throws GeneralSecurityException {
    return new ReferenceHandshake(
            inputs, (part, bytes) -> part == altered ? how.apply(bytes) : bytes)
        .get("m3");
  }

  private byte[] sealed(String secret, long number, byte[] inner) throws GeneralSecurityException {
    return concat(TYPE, Records.seal(honest.get(secret), number, inner));
  }

  private void signature(String name, UnaryOperator<byte[]> how) throws GeneralSecurityException {
    add("proof", name, altered(Part.M3_SIGNATURE, how));
  }

  private void add(String check, String name, byte[] bytes) {
    cases.add(
        object(
            "name", name,
            "handshake", "handshake-suite1.json",
            "check", check,
            "close_code", 4400,
            "bytes", bytes));
  }
}
