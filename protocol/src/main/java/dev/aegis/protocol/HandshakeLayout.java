package dev.aegis.protocol;

/// Offsets of the handshake messages (PROTOCOL.md 3.2 to 3.4), in bytes.
final class HandshakeLayout {
  static final int VERSION = 1;
  static final int M1 = 1;
  static final int M2 = 2;
  static final int M3 = 3;

  static final int M1_SUITES = 2;
  static final int M1_BINDING = 4;
  static final int M1_EXTENSIONS = 5;
  static final int M1_RESERVED = 6;
  static final int M1_RANDOM = 8;
  static final int M1_X25519 = 40;
  static final int M1_MLKEM = 72;
  static final int EXTENSION_COOKIE = 1;
  static final int EXTENSION_TICKET = 2;
  static final int MAX_COOKIE = 255;
  static final int MAX_TICKET = 512;

  /// The bits of suites 2 and 4, which bring an ML-KEM key.
  static final int HYBRID_SUITES = 0b1010;

  static final int M2_SUITE = 2;
  static final int M2_BINDING = 3;
  static final int M2_FLAGS = 4;
  static final int M2_RESERVED = 5;
  static final int M2_CLUSTER = 8;
  static final int M2_RANDOM = 24;
  static final int M2_X25519 = 56;
  static final int M2_MLKEM = 88;

  static final int M2_INNER_MAX_RECORD = 4;
  static final int M2_INNER_KEY = 8;
  static final int M2_INNER_SIGNATURE = 40;
  static final int M2_INNER_FINISHED = 104;
  static final int M2_INNER_BYTES = 136;
  static final int POLICY_SIGNING = 1;

  static final int M3_INNER_CURSOR = 8;
  static final int M3_INNER_CAPABILITIES = 16;
  static final int M3_INNER_ID_LENGTH = 20;
  static final int M3_INNER_TOKEN_LENGTH = 21;
  static final int M3_INNER_ID = 22;
  static final int M3_INNER_FIXED = 22 + 32 + 64 + 32;
  static final int MAX_TOKEN = 128;

  static final int RANDOM_BYTES = 32;
  static final int SIGNATURE_BYTES = 64;

  private HandshakeLayout() {}

  static ProtocolException refuse(String detail) {
    return new ProtocolException(CloseCode.HANDSHAKE_FAILED, detail);
  }
}
