package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ChaosPlanTest {
  @Test
  void aGatewayAloneHasNothingThatIsOfClusters() {
    assertThat(plan(1).victims().keySet())
        .containsExactly(
            Victim.GATEWAY,
            Victim.DATABASE,
            Victim.SENDER,
            Victim.RECEIVER,
            Victim.AGENTS_CUT,
            Victim.DATABASE_CUT);
  }

  @Test
  void everythingOfAClusterIsAVictim() {
    assertThat(plan(3).victims())
        .containsOnlyKeys(Victim.values())
        .containsEntry(Victim.GATEWAY, 3)
        .containsEntry(Victim.GATEWAY_PAUSED, 3);
  }

  @Test
  void tellsTheCommandThatDoesItAgain() {
    assertThat(plan(2).command())
        .isEqualTo(
            "./aegis bench chaos --nodes 2 --seconds 10.0 --seed 1 --rate 100.0 --senders 2"
                + " --receivers 2 --agents 2 --min-pause 1000 --max-pause 2000 --max-hold 3000");
  }

  @Test
  void saysHowManyNodesAreAllowed() {
    assertThatThrownBy(() -> plan(0)).hasMessage("--nodes is 0, allowed are 1 to 4");
    assertThatThrownBy(() -> plan(5)).isInstanceOf(IllegalArgumentException.class);
  }

  static ChaosPlan plan(int nodes) {
    return new ChaosPlan(nodes, 10, 1, 100, 2, 2, 2, 1_000, 2_000, 3_000);
  }
}
