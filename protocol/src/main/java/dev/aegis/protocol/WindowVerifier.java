package dev.aegis.protocol;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.Control.WindowSignature;

/// A gateway's side of signing windows: takes every message of a session, in order, and checks the
/// signatures over them. Confined to one thread, for one session.
public final class WindowVerifier {
  private final VerifyingKey key;
  private final byte[] sessionHash;
  private final int maxUnsigned;
  private final MerkleTree tree = new MerkleTree();
  private long firstIndex;

  public WindowVerifier(VerifyingKey key, byte[] sessionHash, int maxUnsigned) {
    this.key = key;
    this.sessionHash = sessionHash.clone();
    this.maxUnsigned = maxUnsigned;
  }

  /// Takes the encoded bytes of the next message.
  ///
  /// @throws ProtocolException too many messages without a signature
  public void add(byte[] envelope, int offset, int length) throws ProtocolException {
    if (tree.size() == maxUnsigned) {
      throw new ProtocolException(CloseCode.BAD_SIGNATURE, "signature is overdue");
    }
    tree.add(envelope, offset, length);
  }

  /// The leaf hash of one of the messages since the last signature; a copy.
  public byte[] leafHash(int index) {
    return tree.leafHash(index);
  }

  /// Messages since the last signature.
  public int pending() {
    return tree.size();
  }

  /// Checks the signature that closes the window.
  ///
  /// @throws ProtocolException it does not fit the messages received, or does not verify
  public SignedWindow verify(WindowSignature window) throws ProtocolException {
    int count = tree.size();
    if (count == 0
        || window.firstIndex() != firstIndex
        || window.count() != count
        || !key.verify(
            SigningInput.window(sessionHash, firstIndex, count, tree.root()), window.signature())) {
      throw new ProtocolException(CloseCode.BAD_SIGNATURE, "signing window did not verify");
    }
    SignedWindow verified =
        new SignedWindow(
            sessionHash.clone(),
            firstIndex,
            count,
            tree.leafHashes(),
            window.signature(),
            key.bytes());
    firstIndex += count;
    tree.reset();
    return verified;
  }
}
