package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ChaosPlanTest {
  @Test
  void aGatewayAloneHasNothingThatIsOfClusters() {
    assertThat(plan(1).victims().keySet())
        .containsExactly(Victim.GATEWAY, Victim.DATABASE, Victim.SENDER, Victim.RECEIVER);
  }

  @Test
  void everythingOfAClusterIsAVictim() {
    assertThat(plan(3).victims())
        .containsOnlyKeys(Victim.values())
        .containsEntry(Victim.GATEWAY, 3)
        .containsEntry(Victim.GATEWAY_PAUSED, 3);
  }

  @Test
  void saysHowManyNodesAreAllowed() {
    assertThatThrownBy(() -> plan(0)).hasMessage("--nodes is 0, allowed are 1 to 4");
    assertThatThrownBy(() -> plan(5)).isInstanceOf(IllegalArgumentException.class);
  }

  private static ChaosPlan plan(int nodes) {
    return new ChaosPlan(nodes, 10, 1, 100, 2, 2, 2, 1_000, 2_000);
  }
}
