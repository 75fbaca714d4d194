package dev.aegis.protocol;

import dev.aegis.crypto.Hkdf;
import dev.aegis.crypto.Hmac;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.RecordSealer;
import java.util.HexFormat;

/// The key schedule of PROTOCOL.md 3.6, which is that of TLS 1.3 (RFC 9846 §7.1) with our labels.
final class KeySchedule {
  private static final byte[] EMPTY = new byte[0];
  private static final byte[] ZEROS = new byte[Hkdf.HASH_BYTES];
  private static final byte[] HASH_OF_NOTHING =
      HexFormat.of().parseHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

  private final byte[] handshake;
  final byte[] clientHandshake;
  final byte[] gatewayHandshake;

  KeySchedule(byte[] sharedSecret, byte[] transcriptHash) {
    byte[] early = Hkdf.extract(ZEROS, ZEROS);
    this.handshake = Hkdf.extract(derived(early), sharedSecret);
    this.clientHandshake = secret(handshake, "c hs", transcriptHash);
    this.gatewayHandshake = secret(handshake, "g hs", transcriptHash);
  }

  byte[] handshake() {
    return handshake.clone();
  }

  byte[] master() {
    return Hkdf.extract(derived(handshake), ZEROS);
  }

  byte[] clientApplication(byte[] sessionHash) {
    return secret(master(), "c ap", sessionHash);
  }

  byte[] gatewayApplication(byte[] sessionHash) {
    return secret(master(), "g ap", sessionHash);
  }

  static byte[] key(byte[] secret) {
    return Hkdf.expandLabel(secret, "key", EMPTY, 32);
  }

  static byte[] iv(byte[] secret) {
    return Hkdf.expandLabel(secret, "iv", EMPTY, 12);
  }

  static byte[] finished(byte[] secret, byte[] transcriptHash) {
    return Hmac.sha256(Hkdf.expandLabel(secret, "finished", EMPTY, 32), transcriptHash);
  }

  static RecordSealer sealer(Primitives primitives, byte[] secret) {
    return primitives.recordSealer(key(secret), iv(secret));
  }

  static RecordOpener opener(Primitives primitives, byte[] secret) {
    return primitives.recordOpener(key(secret), iv(secret));
  }

  private static byte[] secret(byte[] from, String label, byte[] transcriptHash) {
    return Hkdf.expandLabel(from, label, transcriptHash, Hkdf.HASH_BYTES);
  }

  private static byte[] derived(byte[] from) {
    return Hkdf.expandLabel(from, "derived", HASH_OF_NOTHING, Hkdf.HASH_BYTES);
  }
}
