package dev.aegis.crypto;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The Merkle tree of RFC 9162 §2.1 over SHA-256: leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖
/// right).
///
/// An instance accumulates leaves and keeps all their hashes (32 bytes each), because what is
/// signed is later proven leaf by leaf. Confined to one thread; reusable through [#reset].
public final class MerkleTree {
  public static final int HASH_BYTES = 32;

  private final MessageDigest digest = sha256();
  private byte[] leaves = new byte[16 * HASH_BYTES];
  private int size;

  /// Appends the leaf of `length` bytes of data.
  public void add(byte[] data, int offset, int length) {
    if (leaves.length == size * HASH_BYTES) {
      leaves = Arrays.copyOf(leaves, leaves.length * 2);
    }
    digest.update((byte) 0);
    digest.update(data, offset, length);
    finish(digest, leaves, size * HASH_BYTES);
    size++;
  }

  public int size() {
    return size;
  }

  /// A copy of one leaf's hash.
  public byte[] leafHash(int index) {
    Objects.checkIndex(index, size);
    return Arrays.copyOfRange(leaves, index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  /// A copy of the leaf hashes, 32 bytes each.
  public byte[] leafHashes() {
    return Arrays.copyOf(leaves, size * HASH_BYTES);
  }

  public byte[] root() {
    return root(leaves, size);
  }

  public void reset() {
    size = 0;
  }

  public static byte[] leafHash(byte[] data, int offset, int length) {
    MessageDigest digest = sha256();
    digest.update((byte) 0);
    digest.update(data, offset, length);
    return digest.digest();
  }

  /// The tree head of `count` leaf hashes; of none it is H().
  public static byte[] root(byte[] leafHashes, int count) {
    MessageDigest digest = sha256();
    if (count == 0) {
      return digest.digest();
    }
    byte[] level = Arrays.copyOf(leafHashes, count * HASH_BYTES);
    for (int width = count; width > 1; width = (width + 1) / 2) {
      int out = 0;
      for (int i = 0; i + 1 < width; i += 2) {
        digest.update((byte) 1);
        digest.update(level, i * HASH_BYTES, 2 * HASH_BYTES);
        finish(digest, level, out * HASH_BYTES);
        out++;
      }
      if ((width & 1) == 1) { // the last one has no sibling on this level and moves up as it is
        System.arraycopy(level, (width - 1) * HASH_BYTES, level, out * HASH_BYTES, HASH_BYTES);
      }
    }
    return Arrays.copyOf(level, HASH_BYTES);
  }

  /// The hashes that lead from leaf `index` to the root, nearest first (RFC 9162 §2.1.3.1).
  public static List<byte[]> inclusionPath(byte[] leafHashes, int count, int index) {
    if (index < 0 || index >= count) {
      throw new IllegalArgumentException("no leaf " + index + " in a tree of " + count);
    }
    List<byte[]> path = new ArrayList<>();
    byte[] level = Arrays.copyOf(leafHashes, count * HASH_BYTES);
    MessageDigest digest = sha256();
    int position = index;
    for (int width = count; width > 1; width = (width + 1) / 2) {
      int sibling = position ^ 1;
      if (sibling < width) {
        path.add(Arrays.copyOfRange(level, sibling * HASH_BYTES, (sibling + 1) * HASH_BYTES));
      }
      int out = 0;
      for (int i = 0; i + 1 < width; i += 2) {
        digest.update((byte) 1);
        digest.update(level, i * HASH_BYTES, 2 * HASH_BYTES);
        finish(digest, level, out * HASH_BYTES);
        out++;
      }
      if ((width & 1) == 1) {
        System.arraycopy(level, (width - 1) * HASH_BYTES, level, out * HASH_BYTES, HASH_BYTES);
      }
      position /= 2;
    }
    return path;
  }

  /// Checks an inclusion path (RFC 9162 §2.1.3.2).
  public static boolean verifyInclusion(
      byte[] leafHash, long index, long size, List<byte[]> path, byte[] root) {
    if (index < 0 || index >= size || leafHash.length != HASH_BYTES) {
      return false;
    }
    MessageDigest digest = sha256();
    long fn = index;
    long sn = size - 1;
    byte[] hash = leafHash;
    for (byte[] sibling : path) {
      if (sn == 0 || sibling.length != HASH_BYTES) {
        return false;
      }
      digest.update((byte) 1);
      if ((fn & 1) == 1 || fn == sn) {
        digest.update(sibling);
        hash = digest.digest(hash);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>>= 1;
          sn >>>= 1;
        }
      } else {
        digest.update(hash);
        hash = digest.digest(sibling);
      }
      fn >>>= 1;
      sn >>>= 1;
    }
    return sn == 0 && MessageDigest.isEqual(hash, root);
  }

  private static void finish(MessageDigest digest, byte[] out, int offset) {
    try {
      digest.digest(out, offset, HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("room for a hash was made", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
