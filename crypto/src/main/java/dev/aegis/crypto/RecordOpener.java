package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;

/// Opens the records of one direction, in the order in which they were sealed. After the first
/// record that does not open nothing opens any more. Confined to one thread.
public final class RecordOpener {
  private final RecordCipher cipher;
  private boolean failed;

  RecordOpener(RecordCiphers ciphers, byte[] key, byte[] iv) {
    this.cipher = new RecordCipher(ciphers, Cipher.DECRYPT_MODE, key, iv);
  }

  /// Opens a record of `length` bytes in place and returns the plaintext's length.
  ///
  /// @throws AuthenticationException altered, truncated, replayed, reordered, or an earlier one
  ///   was; or one more than 2^32
  public int open(byte[] buffer, int offset, int length) throws AuthenticationException {
    if (failed || length < RecordCipher.TAG_BYTES || cipher.remaining() == 0) {
      failed = true;
      throw new AuthenticationException();
    }
    try {
      return cipher.next(buffer, offset, length);
    } catch (GeneralSecurityException e) {
      failed = true;
      throw new AuthenticationException();
    }
  }

  /// The number of the next record.
  public long sequence() {
    return cipher.sequence();
  }

  /// How many more records it opens.
  public long remaining() {
    return cipher.remaining();
  }

  /// For tests of what happens at the end.
  void skip(long records) {
    cipher.skip(records);
  }

  /// Forgets the key; every later call fails.
  public void destroy() {
    failed = true;
    cipher.destroy();
  }
}
