package dev.aegis.crypto;

import java.util.Arrays;
import java.util.HexFormat;

/// The fixed DER headers that turn raw 32-byte keys into what the JCA reads (RFC 8410) and an
/// ML-KEM-768 key likewise.
enum RawKeys {
  ED25519_PUBLIC("302a300506032b6570032100"),
  ED25519_PRIVATE("302e020100300506032b657004220420"),
  X25519_PUBLIC("302a300506032b656e032100"),
  X25519_PRIVATE("302e020100300506032b656e04220420"),
  MLKEM768_PUBLIC("308204b2300b0609608648016503040402038204a100");

  private final String header;

  RawKeys(String header) {
    this.header = header;
  }

  byte[] encode(byte[] raw) {
    byte[] start = HexFormat.of().parseHex(header);
    byte[] encoded = Arrays.copyOf(start, start.length + raw.length);
    System.arraycopy(raw, 0, encoded, start.length, raw.length);
    return encoded;
  }

  /// The raw key at the end of an encoding of this shape.
  byte[] decode(byte[] encoded) {
    return Arrays.copyOfRange(encoded, header.length() / 2, encoded.length);
  }
}
