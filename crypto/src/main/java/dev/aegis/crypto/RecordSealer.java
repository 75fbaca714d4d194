package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;

/// Seals the records of one direction, in order. Every record gets the next number as its nonce; a
/// caller cannot choose one. Confined to one thread.
public final class RecordSealer {
  /// How many bytes a record is longer than its plaintext.
  public static final int TAG_BYTES = RecordCipher.TAG_BYTES;

  private final RecordCipher cipher;

  RecordSealer(RecordCiphers ciphers, byte[] key, byte[] iv) {
    this.cipher = new RecordCipher(ciphers, Cipher.ENCRYPT_MODE, key, iv);
  }

  /// Seals `length` bytes in place; the buffer needs [#TAG_BYTES] more behind them. Returns the
  /// record's length.
  ///
  /// @throws NonceExhaustedException after 2^32 records
  public int seal(byte[] buffer, int offset, int length) {
    if (length < 0 || offset < 0 || offset > buffer.length - length - TAG_BYTES) {
      throw new IllegalArgumentException("no room for the tag behind the plaintext");
    }
    try {
      return cipher.next(buffer, offset, length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  /// The number of the next record.
  public long sequence() {
    return cipher.sequence();
  }

  /// How many more records it seals.
  public long remaining() {
    return cipher.remaining();
  }

  /// For tests of what happens at the end.
  void skip(long records) {
    cipher.skip(records);
  }

  /// Forgets the key; every later call fails.
  public void destroy() {
    cipher.destroy();
  }
}
