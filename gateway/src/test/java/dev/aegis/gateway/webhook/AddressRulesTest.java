package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressRulesTest {
  private static final AddressRules RULES = new AddressRules(List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void whatIsNotPublicIsDenied(String address) {
    assertThat(RULES.allows(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2600::1",
        "2a00:1450:4001::1"
      })
  void whatIsPublicIsAllowed(String address) {
    assertThat(RULES.allows(InetAddress.ofLiteral(address))).isTrue();
  }

  @Test
  void whatIsConfiguredIsAllowedAndNothingBesideIt() {
    AddressRules rules =
        new AddressRules(AddressRange.parseAll("127.0.0.2, 10.1.2.0/23, fd00:1::/32"));
    assertThat(allows(rules, "127.0.0.2")).isTrue();
    assertThat(allows(rules, "127.0.0.1")).isFalse();
    assertThat(allows(rules, "127.0.0.3")).isFalse();
    assertThat(allows(rules, "10.1.3.255")).isTrue();
    assertThat(allows(rules, "10.1.1.255")).isFalse();
    assertThat(allows(rules, "10.1.4.0")).isFalse();
    assertThat(allows(rules, "fd00:1:ffff::1")).isTrue();
    assertThat(allows(rules, "fd00:2::1")).isFalse();
    assertThat(allows(rules, "1.1.1.1")).isTrue();
    assertThat(allows(new AddressRules(AddressRange.parseAll("0.0.0.0/0")), "127.0.0.1")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "::1/129",
        "example.org",
        "10.0.0.1,"
      })
  void whatIsNoRangeIsRefused(String text) {
    assertThatThrownBy(() -> AddressRange.parseAll(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static boolean allows(AddressRules rules, String address) {
    return rules.allows(InetAddress.ofLiteral(address));
  }
}
