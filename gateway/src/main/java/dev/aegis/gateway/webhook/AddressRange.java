package dev.aegis.gateway.webhook;

import java.net.InetAddress;
import java.util.List;

/// Addresses with the same first bits, written as in `10.0.0.0/8`; without a length, one address.
/// Immutable.
public final class AddressRange {
  private final byte[] start;
  private final int bits;

  private AddressRange(byte[] start, int bits) {
    this.start = start;
    this.bits = bits;
  }

  /// @throws IllegalArgumentException it is none
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    byte[] start = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)).getAddress();
    int most = Byte.SIZE * start.length;
    int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
    if (bits < 0 || bits > most) {
      throw new IllegalArgumentException("a length of 0 to " + most + ", not " + bits);
    }
    return new AddressRange(start, bits);
  }

  /// @throws IllegalArgumentException one of them is none
  public static List<AddressRange> parseAll(String text) {
    return List.of(text.split(",", -1)).stream()
        .map(String::strip)
        .map(AddressRange::parse)
        .toList();
  }

  boolean contains(byte[] address) {
    if (address.length != start.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += Byte.SIZE) {
      int mask = 0xFF << Math.max(0, Byte.SIZE - (bits - bit)) & 0xFF;
      if (((address[bit / Byte.SIZE] ^ start[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
