package dev.aegis.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Seals for storage as XAES-256-GCM does (C2SP, over NIST SP 800-108 and 800-38D), so that
/// [StorageCipher#open] opens each text alone: the half of the nonce that the key is derived from
/// stays the same for a batch, the other half is never the same twice. That saves a key derivation
/// and a key schedule for each.
///
/// Of the 192 bits of a nonce 160 are random for each batch, and the rest counts up to 2^24, which
/// begins the next batch. Confined to one thread.
public final class StorageSealer {
  private static final int SALT_BYTES = 12;
  private static final int IV_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int BLOCK_BYTES = 16;
  private static final int BATCH = 1 << 24;

  /// Long texts go through the cipher in portions. The JDK's GCM is the processor's own only where
  /// it was called some thousand times; with few calls of megabytes it stays at a fiftieth of that
  /// speed for minutes. From 7,680 bytes on it does both halves of GCM in one pass.
  private static final int PORTION_BYTES = 8 << 10;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] prefix;
  private final byte[] nonce = new byte[SALT_BYTES + IV_BYTES];
  private final ByteBuffer counter = ByteBuffer.wrap(nonce, nonce.length - Integer.BYTES, 4);
  private final byte[] master;
  private final Cipher gcm;
  private SecretKeySpec key;
  private int sealed;

  /// @param prefix what stands before every nonce
  /// @param master the key of the keyset
  StorageSealer(byte[] prefix, byte[] master) {
    this.prefix = prefix.clone();
    this.master = master.clone();
    this.key = newBatch();
    try {
      gcm = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-256-GCM", e);
    }
  }

  public byte[] seal(byte[] plaintext, byte[] associatedData) {
    return seal(plaintext, 0, plaintext.length, associatedData);
  }

  public byte[] seal(byte[] plaintext, int offset, int length, byte[] associatedData) {
    if (sealed == BATCH) {
      key = newBatch();
      sealed = 0;
    }
    counter.putInt(counter.position(), sealed++);
    int head = prefix.length + nonce.length;
    byte[] out = new byte[head + length + TAG_BYTES];
    System.arraycopy(prefix, 0, out, 0, prefix.length);
    System.arraycopy(nonce, 0, out, prefix.length, nonce.length);
    try {
      gcm.init(
          Cipher.ENCRYPT_MODE,
          key,
          new GCMParameterSpec(8 * TAG_BYTES, nonce, SALT_BYTES, IV_BYTES));
      gcm.updateAAD(associatedData);
      int done = 0;
      int at = head;
      for (; length - done > PORTION_BYTES; done += PORTION_BYTES) {
        at += gcm.update(plaintext, offset + done, PORTION_BYTES, out, at);
      }
      gcm.doFinal(plaintext, offset + done, length - done, out, at);
      return out;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  private SecretKeySpec newBatch() {
    RANDOM.nextBytes(nonce);
    try {
      return new SecretKeySpec(derive(master, nonce), "AES");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-256", e);
    }
  }

  /// AES-CMAC in counter mode over one block each: 0, the half's number, "X", 0, the salt.
  private static byte[] derive(byte[] master, byte[] salt) throws GeneralSecurityException {
    Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
    aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(master, "AES"));
    byte[] subkey = doubled(aes.doFinal(new byte[BLOCK_BYTES]));
    byte[] derived = new byte[2 * BLOCK_BYTES];
    for (int half = 0; half < 2; half++) {
      byte[] block = new byte[BLOCK_BYTES];
      block[1] = (byte) (half + 1);
      block[2] = 'X';
      System.arraycopy(salt, 0, block, 4, SALT_BYTES);
      for (int i = 0; i < BLOCK_BYTES; i++) {
        block[i] ^= subkey[i];
      }
      aes.doFinal(block, 0, BLOCK_BYTES, derived, half * BLOCK_BYTES);
    }
    return derived;
  }

  /// The block times x in GF(2^128), as CMAC makes its subkeys.
  private static byte[] doubled(byte[] block) {
    byte[] out = new byte[BLOCK_BYTES];
    for (int i = 0; i < BLOCK_BYTES; i++) {
      int carry = i + 1 < BLOCK_BYTES ? (block[i + 1] & 0xFF) >> 7 : 0;
      out[i] = (byte) (block[i] << 1 | carry);
    }
    // Without a branch on the key's bit.
    out[BLOCK_BYTES - 1] ^= (byte) (0x87 & -((block[0] & 0xFF) >> 7));
    return out;
  }
}
