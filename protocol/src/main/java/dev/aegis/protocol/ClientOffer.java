package dev.aegis.protocol;

import static dev.aegis.protocol.HandshakeLayout.refuse;

import dev.aegis.crypto.MlKem768;
import java.util.Arrays;

/// M1 as a gateway reads it (PROTOCOL.md 3.2). Cookie and ticket are checked for their form and
/// then ignored.
record ClientOffer(int suites, int bindingModes, byte[] x25519, byte[] mlKem) {
  static ClientOffer parse(byte[] m1) throws ProtocolException {
    if (m1.length < HandshakeLayout.M1_MLKEM
        || m1[0] != HandshakeLayout.M1
        || m1[1] != HandshakeLayout.VERSION) {
      throw refuse("not an M1 of this version");
    }
    int extensions = m1[HandshakeLayout.M1_EXTENSIONS];
    if ((extensions & ~(HandshakeLayout.EXTENSION_COOKIE | HandshakeLayout.EXTENSION_TICKET)) != 0
        || m1[HandshakeLayout.M1_RESERVED] != 0
        || m1[HandshakeLayout.M1_RESERVED + 1] != 0) {
      throw refuse("reserved bits are set");
    }
    int suites = uint16(m1, HandshakeLayout.M1_SUITES);
    int at = HandshakeLayout.M1_MLKEM;
    byte[] mlKem = new byte[0];
    if ((suites & HandshakeLayout.HYBRID_SUITES) != 0) {
      if (m1.length < at + MlKem768.ENCAPSULATION_KEY_BYTES) {
        throw refuse("ML-KEM key is missing");
      }
      mlKem = Arrays.copyOfRange(m1, at, at + MlKem768.ENCAPSULATION_KEY_BYTES);
      at += MlKem768.ENCAPSULATION_KEY_BYTES;
    }
    if ((extensions & HandshakeLayout.EXTENSION_COOKIE) != 0) {
      at = skip(m1, at, HandshakeLayout.MAX_COOKIE);
    }
    if ((extensions & HandshakeLayout.EXTENSION_TICKET) != 0) {
      at = skip(m1, at, HandshakeLayout.MAX_TICKET);
    }
    if (at != m1.length) {
      throw refuse("bytes behind M1");
    }
    return new ClientOffer(
        suites,
        m1[HandshakeLayout.M1_BINDING] & 0xff,
        Arrays.copyOfRange(m1, HandshakeLayout.M1_X25519, HandshakeLayout.M1_MLKEM),
        mlKem);
  }

  private static int skip(byte[] m1, int at, int max) throws ProtocolException {
    if (m1.length < at + 2) {
      throw refuse("extension is truncated");
    }
    int length = uint16(m1, at);
    if (length < 1 || length > max || m1.length < at + 2 + length) {
      throw refuse("extension has the wrong length");
    }
    return at + 2 + length;
  }

  private static int uint16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }
}
