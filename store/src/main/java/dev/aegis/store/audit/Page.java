package dev.aegis.store.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// One link of a chain. Arrays are not copies.
///
/// @param number from 1
/// @param atMillis when it was made; never before the page in front
/// @param previousAtMillis when the page in front was made; 0 of the first one: where a chain's
///   beginning is gone, this tells up to when
/// @param previous the hash of the page in front; of the first one [#none]
/// @param body of [PageEntries], or of a [Checkpoint]
public record Page(
    Chain chain, long number, long atMillis, long previousAtMillis, byte[] previous, byte[] body) {
  public static final int HASH_BYTES = 32;
  private static final byte[] DOMAIN = "aegis audit page\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte VERSION = 1;

  /// In front of a first page.
  public static byte[] none() {
    return new byte[HASH_BYTES];
  }

  /// SHA-256 over a constant, a version, the chain, number and time, the time and the hash of the
  /// page in front, and the body, each part with its length or of one length.
  public byte[] hash() {
    ByteWriter header = new ByteWriter(128);
    header.raw(DOMAIN);
    header.octet(VERSION);
    header.text(chain.organization());
    header.int8(chain.retention().code());
    header.octet((byte) chain.stream().code());
    header.int8(chain.journal());
    header.int8(number);
    header.int8(atMillis);
    header.int8(previousAtMillis);
    header.raw(previous);
    header.varint(body.length);
    MessageDigest digest = sha256();
    digest.update(header.array(), 0, header.size());
    return digest.digest(body);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
