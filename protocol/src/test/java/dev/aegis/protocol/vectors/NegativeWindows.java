package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.reference.Octets.flip;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.HashTree;
import dev.aegis.protocol.reference.Kdf;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Signing;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/// First windows of the session of `windows.json` whose signature a gateway refuses.
final class NegativeWindows {
  private static final int COUNT = 3;

  private final List<Object> cases = new ArrayList<>();
  private final byte[] session = WindowVectors.session();
  private final byte[] seed = WindowVectors.agentSeed();
  private final List<byte[]> messages = WindowVectors.messages(0, COUNT);
  private final byte[] input = WindowVectors.signingInput(session, 0, COUNT, messages);
  private final byte[] signature = Signing.sign(seed, input);

  private NegativeWindows() throws GeneralSecurityException, IOException {}

  static List<Object> windows() throws GeneralSecurityException, IOException {
    NegativeWindows windows = new NegativeWindows();
    windows.otherMessages();
    windows.otherNumbers();
    windows.otherTrees();
    windows.otherSignatures();
    return windows.cases;
  }

  private void otherMessages() {
    byte[] altered = flip(messages.get(1), -1, 0);
    add("a message altered", List.of(messages.get(0), altered, messages.get(2)), 0, 3, signature);
    add(
        "messages swapped",
        List.of(messages.get(1), messages.get(0), messages.get(2)),
        0,
        3,
        signature);
    add("a message missing", messages.subList(0, 2), 0, 3, signature);
    add("a message missing, count told truly", messages.subList(0, 2), 0, 2, signature);
    List<byte[]> more = new ArrayList<>(messages);
    more.add(messages.getLast());
    add("the last message twice", more, 0, 3, signature);
    add("no message at all", List.of(), 0, 0, signature);
  }

  private void otherNumbers() throws GeneralSecurityException {
    add("a count too high", messages, 0, 4, signature);
    add("a first index that is not next", messages, 1, 3, signature);
    add(
        "the same, and signed so",
        messages,
        1,
        3,
        Signing.sign(seed, WindowVectors.signingInput(session, 1, COUNT, messages)));
    add(
        "signed with another first index",
        messages,
        0,
        3,
        Signing.sign(seed, WindowVectors.signingInput(session, 1, COUNT, messages)));
    add(
        "signed with another count",
        messages,
        0,
        3,
        Signing.sign(seed, WindowVectors.signingInput(session, 0, COUNT + 1, messages)));
  }

  private void otherTrees() throws GeneralSecurityException {
    List<byte[]> padded = new ArrayList<>(messages);
    padded.add(messages.getLast());
    add(
        "a tree that repeats the last leaf",
        messages,
        0,
        3,
        Signing.sign(seed, WindowVectors.signingInput(session, 0, COUNT, padded)));
    List<byte[]> bare = new ArrayList<>();
    for (byte[] message : messages) {
      bare.add(Kdf.sha256(message));
    }
    add("leaves without their prefix", messages, 0, 3, signed(HashTree.root(bare)));
    add(
        "one hash over all messages",
        messages,
        0,
        3,
        signed(Kdf.sha256(messages.toArray(byte[][]::new))));
  }

  private void otherSignatures() throws GeneralSecurityException {
    add("a bit of the signature", messages, 0, 3, flip(signature, 63, 0));
    add("S + L for S", messages, 0, 3, Signing.withUnreducedScalar(signature));
    add("R of small order", messages, 0, 3, Signing.withNeutralR(seed, input));
    add("zeros", messages, 0, 3, new byte[64]);
    add(
        "another key",
        messages,
        0,
        3,
        Signing.sign(HandshakeVectors.fixed("stranger identity"), input));
    add(
        "another session",
        messages,
        0,
        3,
        Signing.sign(seed, WindowVectors.signingInput(new byte[32], 0, COUNT, messages)));
    byte[] root = HashTree.root(messages.stream().map(NegativeWindows::leaf).toList());
    add(
        "signed in the role of the handshake",
        messages,
        0,
        3,
        Signing.sign(
            seed,
            Signing.input(
                Signing.AGENT_AUTH, session, new byte[8], Octets.integer(4, COUNT), root)));
  }

  private byte[] signed(byte[] root) throws GeneralSecurityException {
    return Signing.sign(
        seed, Signing.input(Signing.WINDOW, session, new byte[8], Octets.integer(4, COUNT), root));
  }

  private static byte[] leaf(byte[] message) {
    try {
      return HashTree.leaf(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void add(String name, List<byte[]> messages, long first, int count, byte[] signature) {
    cases.add(
        object(
            "name", name,
            "close_code", 4404,
            "messages", messages,
            "first_index", first,
            "count", count,
            "signature", signature));
  }
}
