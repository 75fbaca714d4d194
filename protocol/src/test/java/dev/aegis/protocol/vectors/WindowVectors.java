package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Elements;
import dev.aegis.protocol.reference.HashTree;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.ReferenceHandshake;
import dev.aegis.protocol.reference.Signing;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// `windows.json`: the signing windows of one session, one after the other.
public final class WindowVectors {
  private static final int[] SIZES = {1, 2, 3, 4, 7, 8, 13};

  private WindowVectors() {}

  static byte[] session() throws GeneralSecurityException {
    return new ReferenceHandshake(HandshakeVectors.inputs(1)).get("TH_M3f");
  }

  static byte[] agentSeed() throws GeneralSecurityException {
    return HandshakeVectors.inputs(1).agent().identitySeed();
  }

  static Map<String, @Nullable Object> file() throws GeneralSecurityException, IOException {
    List<Object> windows = new ArrayList<>();
    int first = 0;
    for (int size : SIZES) {
      windows.add(window(first, messages(first, size)));
      first += size;
    }
    return object(
        "session_hash", session(),
        "agent_seed", agentSeed(),
        "agent_key", Signing.publicKey(agentSeed()),
        "windows", windows);
  }

  /// The messages of the session from an index on.
  static List<byte[]> messages(int first, int count) throws IOException {
    List<byte[]> messages = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      messages.add(
          EnvelopeVectors.message(3)
              .with("id", new UUID(0x0198_c0de_0000_7000L, 0x8000_0000_0000_1000L + i))
              .with("payload", new byte[] {(byte) i})
              .pack());
    }
    return messages;
  }

  static byte[] signingInput(byte[] session, long first, int count, List<byte[]> messages)
      throws GeneralSecurityException {
    return Signing.input(
        Signing.WINDOW,
        session,
        Octets.integer(8, first),
        Octets.integer(4, count),
        HashTree.root(leaves(messages)));
  }

  private static Map<String, @Nullable Object> window(int first, List<byte[]> messages)
      throws GeneralSecurityException, IOException {
    List<byte[]> leaves = leaves(messages);
    byte[] input = signingInput(session(), first, messages.size(), messages);
    byte[] signature = Signing.sign(agentSeed(), input);
    List<Object> proofs = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      proofs.add(object("index", i, "path", HashTree.path(i, leaves)));
    }
    return object(
        "first_index", first,
        "count", messages.size(),
        "messages", messages,
        "leaves", leaves,
        "root", HashTree.root(leaves),
        "signing_input", input,
        "signature", signature,
        "envelope",
            Elements.ofKind(13)
                .with("first_index", first)
                .with("count", messages.size())
                .with("signature", signature)
                .pack(),
        "inclusion_proofs", proofs);
  }

  private static List<byte[]> leaves(List<byte[]> messages) throws GeneralSecurityException {
    List<byte[]> leaves = new ArrayList<>();
    for (byte[] message : messages) {
      leaves.add(HashTree.leaf(message));
    }
    return leaves;
  }
}
