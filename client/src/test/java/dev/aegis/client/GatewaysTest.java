package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GatewaysTest {
  private static final List<URI> THREE =
      List.of(
          URI.create("wss://a/ws/agent"),
          URI.create("wss://b/ws/agent"),
          URI.create("wss://c/ws/agent"));

  @Test
  void eachComesOnceBeforeAnyComesAgain() {
    Gateways gateways = new Gateways(THREE, new SplittableRandom(1));
    List<URI> first = round(gateways);
    assertThat(first).containsExactlyInAnyOrderElementsOf(THREE);
    assertThat(round(gateways)).isEqualTo(first);
  }

  @Test
  void clientsBeginWithDifferentOnes() {
    Set<URI> begun = new HashSet<>();
    for (int seed = 0; seed < 64; seed++) {
      begun.add(new Gateways(THREE, new SplittableRandom(seed)).current());
    }
    assertThat(begun).containsExactlyInAnyOrderElementsOf(THREE);
  }

  @Test
  void aSingleOneStays() {
    Gateways gateways = new Gateways(THREE.subList(0, 1), new SplittableRandom(1));
    gateways.advance();
    assertThat(gateways.current()).isEqualTo(THREE.getFirst());
  }

  @Test
  void rejectsNoneAndWhatIsNotAUrlOfAGateway() {
    try (ScriptedGateway gateway = new ScriptedGateway()) {
      ClientOptions options = gateway.options("alice");
      assertThatThrownBy(() -> options.withGateways(List.of()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.withGateways(List.of(URI.create("https://a/"))))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(options.withGateways(THREE).gateways()).isEqualTo(THREE);
    }
  }

  @Test
  void aClientGoesOnToTheGatewayThatIsThere() throws Exception {
    URI gone;
    try (ScriptedGateway closed = new ScriptedGateway()) {
      gone = closed.url();
    }
    try (ScriptedGateway gateway = new ScriptedGateway()) {
      ClientOptions options =
          gateway.options("alice").withGateways(List.of(gone, gateway.url(), gone));
      try (var pair = gateway.connect(options)) {
        pair.session().abort();
        gateway.welcomed();
        assertThat(pair.client().ended()).isNotDone();
      }
    }
  }

  private static List<URI> round(Gateways gateways) {
    List<URI> round = new ArrayList<>();
    for (int i = 0; i < THREE.size(); i++) {
      round.add(gateways.current());
      gateways.advance();
    }
    return round;
  }
}
