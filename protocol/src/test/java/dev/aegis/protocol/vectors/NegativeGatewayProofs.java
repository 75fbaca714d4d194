package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.reference.Octets.concat;
import static dev.aegis.protocol.reference.Octets.flip;
import static dev.aegis.protocol.reference.Octets.replace;
import static dev.aegis.protocol.reference.Octets.shorten;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.HandshakeInputs;
import dev.aegis.protocol.reference.Records;
import dev.aegis.protocol.reference.ReferenceHandshake;
import dev.aegis.protocol.reference.ReferenceHandshake.Part;
import dev.aegis.protocol.reference.Signing;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;

/// Versions of M2 that an agent refuses.
final class NegativeGatewayProofs {
  private static final int SUITE = 2;
  private static final int BINDING = 3;
  private static final int FLAGS = 4;
  private static final int CLUSTER = 8;
  private static final int RANDOM = 24;
  private static final int SHARE = 56;
  private static final int MLKEM = 88;
  private static final int KEY_IN_HEAD = 8;

  private final List<Object> cases = new ArrayList<>();
  private final HandshakeInputs inputs = HandshakeVectors.inputs(1);
  private final ReferenceHandshake honest = new ReferenceHandshake(inputs);
  private final byte[] m2 = honest.get("m2");

  private NegativeGatewayProofs() throws GeneralSecurityException {}

  static List<Object> m2() throws GeneralSecurityException {
    NegativeGatewayProofs proofs = new NegativeGatewayProofs();
    proofs.forms();
    proofs.choices();
    proofs.alterations();
    proofs.hybrids();
    proofs.identities();
    return proofs.cases;
  }

  private void forms() throws GeneralSecurityException {
    add("form", "nothing", new byte[0]);
    add("form", "another type", replace(m2, 0, new byte[] {3}));
    add("form", "version 2", replace(m2, 1, new byte[] {2}));
    add("form", "the flag of a ticket that was not sent", replace(m2, FLAGS, new byte[] {1}));
    for (int at = FLAGS + 1; at < CLUSTER; at++) {
      add("form", "reserved byte " + at, replace(m2, at, new byte[] {1}));
    }
    add("form", "the clear part alone", honest.get("m2_clear"));
    add("form", "a byte less", shorten(m2, 1));
    add("form", "a byte more", concat(m2, new byte[1]));
    add(
        "form",
        "a longer inner part",
        altered(Part.M2_FINISHED, finished -> concat(finished, new byte[1])));
  }

  private void choices() {
    add("offer", "suite 0", replace(m2, SUITE, new byte[] {0}));
    add("offer", "suite 2, which was not offered", replace(m2, SUITE, new byte[] {2}));
    add("offer", "suite 3", replace(m2, SUITE, new byte[] {3}));
    add("offer", "no binding mode", replace(m2, BINDING, new byte[] {0}));
    add("offer", "a binding mode that was not offered", replace(m2, BINDING, new byte[] {2}));
    add("offer", "two binding modes", replace(m2, BINDING, new byte[] {3}));
    for (byte[] point : NegativeKeys.x25519()) {
      String name = "X25519 key " + HexFormat.of().formatHex(point, 0, 4) + "…";
      add("key share", name, replace(m2, SHARE, point));
    }
  }

  private void alterations() throws GeneralSecurityException {
    add("encryption", "a bit of the cluster id", flip(m2, CLUSTER + 5, 1));
    add("encryption", "a bit of the random", flip(m2, RANDOM, 0));
    add("encryption", "a bit of the X25519 key", flip(m2, SHARE + 9, 2));
    add("encryption", "the first bit of the ciphertext", flip(m2, MLKEM, 0));
    add("encryption", "the last bit of the tag", flip(m2, -1, 7));
    add("encryption", "sealed as record 1", sealed("g_hs", 1));
    add("encryption", "sealed with the key of the agent", sealed("c_hs", 0));
  }

  private void hybrids() throws GeneralSecurityException {
    byte[] hybrid = new ReferenceHandshake(HandshakeVectors.inputs(2)).get("m2");
    add(2, "encryption", "a bit of the ML-KEM ciphertext", flip(hybrid, MLKEM + 700, 4));
    add(2, "encryption", "a bit of the X25519 key", flip(hybrid, SHARE, 4));
    add(2, "form", "talked down to suite 1", replace(hybrid, SUITE, new byte[] {1}));
    add(2, "form", "a byte less", shorten(hybrid, 1));
    add(2, "encryption", "another binding mode", replace(hybrid, BINDING, new byte[] {1}));
  }

  private void identities() throws GeneralSecurityException {
    byte[] stranger = HandshakeVectors.fixed("stranger identity");
    byte[] strangerKey = Signing.publicKey(stranger);
    HandshakeInputs.Gateway gateway = inputs.gateway();
    HandshakeInputs impostor =
        new HandshakeInputs(
            inputs.suite(),
            inputs.suitesOffered(),
            inputs.subprotocol(),
            inputs.authority(),
            inputs.clusterId(),
            inputs.bindingModes(),
            inputs.bindingMode(),
            inputs.bindingValue(),
            inputs.agent(),
            new HandshakeInputs.Gateway(
                stranger,
                gateway.policy(),
                gateway.largestRecord(),
                gateway.random(),
                gateway.x25519Private(),
                gateway.mlKemRandomness()));
    add("identity", "all well, but not the key pinned", new ReferenceHandshake(impostor).get("m2"));
    add(
        "identity",
        "a key of small order",
        new ReferenceHandshake(
                inputs,
                (part, bytes) ->
                    switch (part) {
                      case M2_HEAD -> replace(bytes, KEY_IN_HEAD, Signing.NEUTRAL);
                      case M2_SIGNATURE -> forged(stranger);
                      case M2_FINISHED, M3_HEAD, M3_SIGNATURE, M3_FINISHED -> bytes;
                    })
            .get("m2"));
    add("identity", "a bit of the key", altered(Part.M2_HEAD, head -> flip(head, KEY_IN_HEAD, 0)));
    add(
        "identity",
        "the stranger's key, the gateway's signature",
        altered(Part.M2_HEAD, head -> replace(head, KEY_IN_HEAD, strangerKey)));
    byte[] input = honest.get("gateway_signing_input");
    signature("a bit of the signature", signature -> flip(signature, 7, 5));
    signature("S + L for S", Signing::withUnreducedScalar);
    byte[] smallR = Signing.withNeutralR(gateway.identitySeed(), input);
    signature("R of small order", _ -> smallR);
    byte[] byStranger = Signing.sign(stranger, input);
    signature("the stranger's signature", _ -> byStranger);
    byte[] asAgent =
        Signing.sign(
            gateway.identitySeed(), Signing.input(Signing.AGENT_AUTH, honest.get("TH_M2k")));
    signature("signed in the agent's role", _ -> asAgent);
    byte[] old =
        Signing.sign(
            gateway.identitySeed(), Signing.input(Signing.GATEWAY_AUTH, honest.get("TH_M2c")));
    signature("signed over another transcript", _ -> old);
    add("proof", "a bit of the Finished", altered(Part.M2_FINISHED, f -> flip(f, 31, 7)));
    add("proof", "a Finished of zeros", altered(Part.M2_FINISHED, _ -> new byte[32]));
  }

  private static byte[] forged(byte[] seed) {
    try {
      return Signing.underNeutralKey(seed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] altered(Part altered, UnaryOperator<byte[]> how) throws GeneralSecurityException {
    return new ReferenceHandshake(
            inputs, (part, bytes) -> part == altered ? how.apply(bytes) : bytes)
        .get("m2");
  }

  private byte[] sealed(String secret, long number) throws GeneralSecurityException {
    return concat(
        honest.get("m2_clear"), Records.seal(honest.get(secret), number, honest.get("m2_inner")));
  }

  private void signature(String name, UnaryOperator<byte[]> how) throws GeneralSecurityException {
    add("proof", name, altered(Part.M2_SIGNATURE, how));
  }

  private void add(String check, String name, byte[] bytes) {
    add(1, check, name, bytes);
  }

  private void add(int suite, String check, String name, byte[] bytes) {
    cases.add(
        object(
            "name", name,
            "handshake", "handshake-suite" + suite + ".json",
            "check", check,
            "bytes", bytes));
  }
}
