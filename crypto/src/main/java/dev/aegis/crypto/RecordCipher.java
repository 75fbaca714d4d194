package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// ChaCha20-Poly1305 (RFC 8439) for the records of one direction: the key, the secret IV and the
/// record number. The nonce is IV XOR record number (RFC 9846 §5.3) and is made here, so nobody can
/// choose one twice.
///
/// Two implementations serve one key, because which is faster depends on the record's size, and the
/// one for large records may change between two of them: what they put out is the same. Confined to
/// one thread.
final class RecordCipher {
  static final int KEY_BYTES = 32;
  static final int IV_BYTES = 12;
  static final int TAG_BYTES = 16;

  record Implementation(Provider provider, String transformation) {}

  /// In one direction (PROTOCOL.md section 4).
  static final long MAX_RECORDS = 1L << 32;

  private final RecordCiphers ciphers;
  private final int mode;
  private final byte[] key;
  private final byte[] iv;
  private final byte[] nonce = new byte[IV_BYTES];
  private SecretKeySpec keySpec;
  private @Nullable Cipher small;
  private @Nullable Cipher large;
  private @Nullable Implementation largeBy;
  private int largeRecords;
  private long sequence;

  RecordCipher(RecordCiphers ciphers, int mode, byte[] key, byte[] iv) {
    if (key.length != KEY_BYTES || iv.length != IV_BYTES) {
      throw new IllegalArgumentException("a record key has 32 bytes and its iv 12");
    }
    this.ciphers = ciphers;
    this.mode = mode;
    this.key = key.clone();
    this.iv = iv.clone();
    this.keySpec = new SecretKeySpec(this.key, "ChaCha20");
  }

  long sequence() {
    return sequence;
  }

  /// How many more records may be processed.
  long remaining() {
    return MAX_RECORDS - sequence;
  }

  /// Passes over numbers: never back, so none is used twice.
  void skip(long records) {
    if (records < 0 || records > remaining()) {
      throw new IllegalArgumentException("not so many record numbers ahead: " + records);
    }
    sequence += records;
  }

  /// Processes the next record in place and returns the length of the output.
  int next(byte[] buffer, int offset, int length) throws GeneralSecurityException {
    if (sequence >= MAX_RECORDS) {
      throw new NonceExhaustedException();
    }
    System.arraycopy(iv, 0, nonce, 0, IV_BYTES);
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[IV_BYTES - 1 - i] ^= (byte) (sequence >>> (8 * i));
    }
    sequence++; // before use: a number is never tried twice, whatever the cipher says
    Cipher cipher = length < RecordCiphers.LARGE_BYTES ? small() : large();
    cipher.init(mode, keySpec, new IvParameterSpec(nonce));
    return cipher.doFinal(buffer, offset, length, buffer, offset);
  }

  void destroy() {
    Arrays.fill(key, (byte) 0);
    Arrays.fill(iv, (byte) 0);
    keySpec = new SecretKeySpec(new byte[KEY_BYTES], "ChaCha20");
    small = null;
    large = null;
    sequence = MAX_RECORDS;
  }

  private Cipher small() throws GeneralSecurityException {
    Cipher cipher = small;
    if (cipher == null) {
      cipher = cipher(ciphers.small());
      small = cipher;
    }
    return cipher;
  }

  private Cipher large() throws GeneralSecurityException {
    if (++largeRecords == RecordCiphers.SOME_LARGE) {
      largeRecords = 0;
      ciphers.someLarge();
    }
    Implementation wanted = ciphers.large();
    Cipher cipher = large;
    if (cipher == null || !wanted.equals(largeBy)) {
      cipher = wanted.equals(ciphers.small()) ? small() : cipher(wanted);
      large = cipher;
      largeBy = wanted;
    }
    return cipher;
  }

  private static Cipher cipher(Implementation implementation) throws GeneralSecurityException {
    return Cipher.getInstance(implementation.transformation(), implementation.provider());
  }
}
