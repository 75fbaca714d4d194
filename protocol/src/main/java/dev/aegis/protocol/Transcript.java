package dev.aegis.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.UUID;

/// The running hash over everything both sides have said (PROTOCOL.md 3.5). Confined to one thread.
final class Transcript {
  private final MessageDigest digest = sha256();

  void prologue(
      String subprotocol, String authority, UUID clusterId, int bindingMode, byte[] bindingValue) {
    lp8("aegis v1".getBytes(StandardCharsets.US_ASCII));
    lp8(subprotocol.getBytes(StandardCharsets.US_ASCII));
    byte[] host = authority.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    digest.update((byte) (host.length >>> 8));
    digest.update((byte) host.length);
    digest.update(host);
    add(Bytes.of(clusterId));
    digest.update((byte) bindingMode);
    lp8(bindingValue);
  }

  void add(byte[] part) {
    digest.update(part);
  }

  void add(byte[] buffer, int from, int to) {
    digest.update(buffer, from, to - from);
  }

  /// The hash so far; the transcript goes on.
  byte[] hash() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
    }
  }

  private void lp8(byte[] part) {
    digest.update((byte) part.length);
    digest.update(part);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
