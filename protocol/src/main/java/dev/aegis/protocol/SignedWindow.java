package dev.aegis.protocol;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.VerifyingKey;
import java.util.List;

/// A window whose signature verified, with all that proves a single message of it later.
///
/// @param leafHashes the hashes of its messages, 32 bytes each, in order
public record SignedWindow(
    byte[] sessionHash,
    long firstIndex,
    int count,
    byte[] leafHashes,
    byte[] signature,
    byte[] agentKey) {

  /// True when `envelope` is message `index` (from 0 within the window), the path leads from it to
  /// the root, and the key signed that root. Needs nothing but its arguments: this is what a third
  /// party runs.
  public static boolean proves(
      VerifyingKey key,
      byte[] sessionHash,
      long firstIndex,
      int count,
      byte[] signature,
      byte[] envelope,
      int index,
      List<byte[]> path,
      byte[] root) {
    return MerkleTree.verifyInclusion(
            MerkleTree.leafHash(envelope, 0, envelope.length), index, count, path, root)
        && key.verify(SigningInput.window(sessionHash, firstIndex, count, root), signature);
  }
}
