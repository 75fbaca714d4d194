package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static dev.aegis.protocol.vectors.VectorJson.list;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.Control.WindowSignature;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.vectors.VectorJson;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Our signing windows against the published ones, by the fastest primitives and by the portable
/// ones.
class WindowVectorsTest {
  private static final JsonNode FILE = VectorJson.read("windows.json");

  static List<Primitives> primitives() {
    return List.of(Primitives.select(), Primitives.portable());
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("primitives")
  void agentSignsAsPublished(Primitives primitives) throws Exception {
    WindowSigner signer =
        new WindowSigner(
            primitives.ed25519().signingKey(bytes(FILE, "agent_seed")),
            bytes(FILE, "session_hash"));
    for (JsonNode window : FILE.required("windows")) {
      for (byte[] message : list(window, "messages")) {
        signer.add(message, 0, message.length);
      }
      assertThat(EnvelopeCodec.encode(signer.sign())).isEqualTo(bytes(window, "envelope"));
    }
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("primitives")
  void gatewayVerifiesAndAnybodyCanProve(Primitives primitives) throws Exception {
    VerifyingKey key = primitives.ed25519().verifyingKey(bytes(FILE, "agent_key"));
    byte[] session = bytes(FILE, "session_hash");
    WindowVerifier verifier = new WindowVerifier(key, session, 1_024);
    assertThat(FILE.required("windows").size()).isPositive();
    for (JsonNode window : FILE.required("windows")) {
      List<byte[]> messages = list(window, "messages");
      for (byte[] message : messages) {
        verifier.add(message, 0, message.length);
      }
      byte[] envelope = bytes(window, "envelope");
      SignedWindow verified =
          verifier.verify((WindowSignature) EnvelopeCodec.decode(envelope, 0, envelope.length));
      assertThat(verified.leafHashes())
          .isEqualTo(Octets.concat(list(window, "leaves").toArray(byte[][]::new)));
      assertThat(MerkleTree.root(verified.leafHashes(), verified.count()))
          .isEqualTo(bytes(window, "root"));
      assertThat(
              SigningInput.window(
                  session, verified.firstIndex(), verified.count(), bytes(window, "root")))
          .isEqualTo(bytes(window, "signing_input"));
      assertProofs(key, window, verified, messages);
    }
  }

  private static void assertProofs(
      VerifyingKey key, JsonNode window, SignedWindow verified, List<byte[]> messages) {
    for (JsonNode proof : window.required("inclusion_proofs")) {
      int index = proof.required("index").asInt();
      List<byte[]> path = list(proof, "path");
      List<byte[]> ours = MerkleTree.inclusionPath(verified.leafHashes(), verified.count(), index);
      assertThat(ours.toArray(byte[][]::new)).isDeepEqualTo(path.toArray(byte[][]::new));
      assertThat(proves(key, window, verified, messages.get(index), index, path)).isTrue();
      assertThat(proves(key, window, verified, new byte[] {1}, index, path)).isFalse();
    }
  }

  private static boolean proves(
      VerifyingKey key,
      JsonNode window,
      SignedWindow verified,
      byte[] message,
      int index,
      List<byte[]> path) {
    return SignedWindow.proves(
        key,
        verified.sessionHash(),
        window.required("first_index").asLong(),
        window.required("count").asInt(),
        bytes(window, "signature"),
        message,
        index,
        path,
        bytes(window, "root"));
  }
}
