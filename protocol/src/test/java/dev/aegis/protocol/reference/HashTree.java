package dev.aegis.protocol.reference;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/// The Merkle tree of signing windows as RFC 9162 2.1 defines it: by recursion.
public final class HashTree {
  private HashTree() {}

  public static byte[] leaf(byte[] envelope) throws GeneralSecurityException {
    return Kdf.sha256(new byte[] {0}, envelope);
  }

  /// 2.1.1, of leaf hashes.
  public static byte[] root(List<byte[]> leaves) throws GeneralSecurityException {
    if (leaves.isEmpty()) {
      return Kdf.sha256();
    }
    if (leaves.size() == 1) {
      return leaves.getFirst();
    }
    int k = split(leaves.size());
    return Kdf.sha256(
        new byte[] {1}, root(leaves.subList(0, k)), root(leaves.subList(k, leaves.size())));
  }

  /// 2.1.3.1: the hashes from leaf `index` to the root, nearest first.
  public static List<byte[]> path(int index, List<byte[]> leaves) throws GeneralSecurityException {
    if (leaves.size() == 1) {
      return List.of();
    }
    int k = split(leaves.size());
    List<byte[]> left = leaves.subList(0, k);
    List<byte[]> right = leaves.subList(k, leaves.size());
    List<byte[]> path = new ArrayList<>(index < k ? path(index, left) : path(index - k, right));
    path.add(root(index < k ? right : left));
    return path;
  }

  /// The largest power of two smaller than n.
  private static int split(int n) {
    return Integer.highestOneBit(n - 1);
  }
}
