package dev.aegis.store.audit;

import java.util.Arrays;
import java.util.UUID;

/// Which ids and agents a page may hold: a Bloom filter with eight bits for each and five of them
/// set, so that of a hundred pages that do not hold a key about two are opened for it.
///
/// A filter is no part of what is signed: who alters one hides entries from searches, and not from
/// an export.
public final class KeyFilter {
  private static final int BITS_PER_KEY = 8;
  private static final int PROBES = 5;
  private static final int MAX_BYTES = 64 << 10;

  private KeyFilter() {}

  /// Whether a page with this filter may hold the key.
  public static boolean mayHold(byte[] filter, UUID key) {
    return mayHold(filter, hash(key));
  }

  public static boolean mayHold(byte[] filter, String key) {
    return mayHold(filter, hash(key));
  }

  private static boolean mayHold(byte[] filter, long hash) {
    int bits = filter.length * 8;
    if (bits == 0) {
      return false;
    }
    for (int probe = 0; probe < PROBES; probe++) {
      int bit = bit(hash, probe, bits);
      if ((filter[bit >> 3] & 1 << (bit & 7)) == 0) {
        return false;
      }
    }
    return true;
  }

  private static int bit(long hash, int probe, int bits) {
    int first = (int) hash;
    int step = (int) (hash >>> 32) | 1;
    return Integer.remainderUnsigned(first + probe * step, bits);
  }

  private static long hash(UUID key) {
    return mix(key.getMostSignificantBits() ^ mix(key.getLeastSignificantBits()));
  }

  private static long hash(String key) {
    long hash = 0xCBF29CE484222325L; // FNV-1a over UTF-16
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001B3L;
    }
    return mix(hash);
  }

  /// The finalizer of SplittableRandom.
  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }

  /// Collects keys. Confined to one thread.
  static final class Keys {
    private long[] hashes = new long[64];
    private int count;

    void add(UUID key) {
      add(hash(key));
    }

    void add(String key) {
      add(hash(key));
    }

    private void add(long hash) {
      if (count == hashes.length) {
        hashes = Arrays.copyOf(hashes, count * 2);
      }
      hashes[count++] = hash;
    }

    byte[] filter() {
      int bytes = Math.clamp((long) count * BITS_PER_KEY / 8 + 8, 8, MAX_BYTES);
      byte[] filter = new byte[bytes];
      for (int i = 0; i < count; i++) {
        for (int probe = 0; probe < PROBES; probe++) {
          int bit = bit(hashes[i], probe, bytes * 8);
          filter[bit >> 3] |= (byte) (1 << (bit & 7));
        }
      }
      return filter;
    }
  }
}
