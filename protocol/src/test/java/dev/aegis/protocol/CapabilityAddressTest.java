package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.CapabilityAddress.Requirement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilityAddressTest {
  @Test
  void namesAndAttributesAreRead() {
    assertThat(CapabilityAddress.parse("cap:translate;to=de;quality=0.9,review/legal"))
        .isEqualTo(
            new CapabilityAddress(
                List.of(
                    new Requirement("translate", Map.of("to", "de", "quality", "0.9")),
                    new Requirement("review/legal", Map.of()))));
    assertThat(CapabilityAddress.parse("cap:a;k=x=y"))
        .isEqualTo(new CapabilityAddress(List.of(new Requirement("a", Map.of("k", "x=y")))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cap:", "cap:,a", "cap:a,", "cap:a b", "cap:-a", "cap:a;", "cap:a;k", "cap:a;k=",
        "cap:a;=v", "cap:a;k=v;k=w", "cap:a;k=ä", "cap:ä", "cap:a;k=v w", "topic:a", "a", ""
      })
  void whatBreaksARuleIsNone(String to) {
    assertThat(CapabilityAddress.parse(to)).isNull();
  }

  @Test
  void thereIsALimitToEverything() {
    assertThat(CapabilityAddress.parse("cap:" + "x".repeat(128))).isNotNull();
    assertThat(CapabilityAddress.parse("cap:" + "x".repeat(129))).isNull();
    assertThat(CapabilityAddress.parse(CapabilityAddress.of(names(8)))).isNotNull();
    assertThat(CapabilityAddress.parse(CapabilityAddress.of(names(9)))).isNull();
    assertThat(CapabilityAddress.parse("cap:a;" + attributes(8))).isNotNull();
    assertThat(CapabilityAddress.parse("cap:a;" + attributes(9))).isNull();
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "n" + i).toList();
  }

  private static String attributes(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(";"));
  }
}
