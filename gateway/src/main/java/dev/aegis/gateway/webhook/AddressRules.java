package dev.aegis.gateway.webhook;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/// Which addresses messages are posted to: public ones, and those that the configuration allows.
/// What an endpoint names must not lead into the network that the gateway stands in. Immutable.
final class AddressRules {
  /// Special purposes by the registry of IANA (RFC 6890), and where clouds have what their machines
  /// are to ask.
  private static final List<AddressRange> NOT_PUBLIC =
      ranges(
          "0.0.0.0/8", // this network
          "10.0.0.0/8", // private
          "100.64.0.0/10", // between a provider and its customers
          "127.0.0.0/8", // loopback
          "168.63.129.16/32", // the host of a virtual machine
          "169.254.0.0/16", // link-local, and with it the metadata of most clouds
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments, metadata
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // relays of 6to4
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /// Of IPv6 nothing else is public.
  private static final AddressRange GLOBAL = AddressRange.parse("2000::/3");

  private static final List<AddressRange> NOT_PUBLIC_GLOBAL =
      ranges(
          "2001::/23", // protocol assignments, Teredo
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4: any IPv4 address may be in it
          "3fff::/20"); // documentation

  /// The last four bytes are an IPv4 address that a gateway of the network goes to.
  private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96");

  private static final int IPV4_BYTES = 4;

  private final List<AddressRange> allowed;

  AddressRules(List<AddressRange> allowed) {
    this.allowed = List.copyOf(allowed);
  }

  boolean allows(InetAddress address) {
    byte[] bytes = address.getAddress(); // IPv4 within IPv6 is IPv4 already
    return isIn(allowed, bytes) || isPublic(bytes);
  }

  private static boolean isPublic(byte[] address) {
    if (address.length == IPV4_BYTES) {
      return !isIn(NOT_PUBLIC, address);
    }
    if (NAT64.contains(address)) {
      return isPublic(Arrays.copyOfRange(address, address.length - IPV4_BYTES, address.length));
    }
    return GLOBAL.contains(address) && !isIn(NOT_PUBLIC_GLOBAL, address);
  }

  private static boolean isIn(List<AddressRange> ranges, byte[] address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  private static List<AddressRange> ranges(String... texts) {
    return Arrays.stream(texts).map(AddressRange::parse).toList();
  }
}
