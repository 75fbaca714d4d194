package dev.aegis.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What is signed: 64 spaces, a context, a zero byte and the content (as RFC 9846 §4.5.2), so that
/// no signature made for one purpose serves another.
final class SigningInput {
  static final String GATEWAY_AUTH = "aegis v1 gateway auth";
  static final String AGENT_AUTH = "aegis v1 agent auth";
  static final String WINDOW = "aegis v1 window";

  private static final int PADDING_BYTES = 64;

  private SigningInput() {}

  static byte[] of(String context, byte[]... content) {
    byte[] name = context.getBytes(StandardCharsets.US_ASCII);
    int size = PADDING_BYTES + name.length + 1;
    for (byte[] part : content) {
      size += part.length;
    }
    byte[] input = new byte[size];
    Arrays.fill(input, 0, PADDING_BYTES, (byte) 0x20);
    System.arraycopy(name, 0, input, PADDING_BYTES, name.length);
    int at = PADDING_BYTES + name.length + 1;
    for (byte[] part : content) {
      System.arraycopy(part, 0, input, at, part.length);
      at += part.length;
    }
    return input;
  }

  /// The input of a window's signature (PROTOCOL.md section 7).
  static byte[] window(byte[] sessionHash, long firstIndex, int count, byte[] root) {
    byte[] numbers = new byte[12];
    for (int i = 0; i < 8; i++) {
      numbers[i] = (byte) (firstIndex >>> (56 - 8 * i));
    }
    for (int i = 0; i < 4; i++) {
      numbers[8 + i] = (byte) (count >>> (24 - 8 * i));
    }
    return of(WINDOW, sessionHash, numbers, root);
  }
}
