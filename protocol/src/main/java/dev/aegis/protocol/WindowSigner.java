package dev.aegis.protocol;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Control.WindowSignature;

/// An agent's side of signing windows: takes every message it sends, in order, and signs what has
/// come since the last signature. Confined to one thread, for one session.
public final class WindowSigner {
  private final SigningKey key;
  private final byte[] sessionHash;
  private final MerkleTree tree = new MerkleTree();
  private long firstIndex;

  public WindowSigner(SigningKey key, byte[] sessionHash) {
    this.key = key;
    this.sessionHash = sessionHash.clone();
  }

  /// Takes the encoded bytes of the next message.
  public void add(byte[] envelope, int offset, int length) {
    tree.add(envelope, offset, length);
  }

  /// Messages since the last signature.
  public int pending() {
    return tree.size();
  }

  /// Closes the window, which must not be empty.
  public WindowSignature sign() {
    int count = tree.size();
    if (count == 0) {
      throw new IllegalStateException("nothing to sign");
    }
    byte[] signature = key.sign(SigningInput.window(sessionHash, firstIndex, count, tree.root()));
    WindowSignature window = new WindowSignature(firstIndex, count, signature);
    firstIndex += count;
    tree.reset();
    return window;
  }
}
