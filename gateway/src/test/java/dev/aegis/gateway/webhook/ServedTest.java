package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.Mailboxes.Depth;
import org.junit.jupiter.api.Test;

final class ServedTest {
  private static final long GRACE = 10_000;

  @Test
  void theLongerOfTwoPausesCounts() {
    Served agent = new Served("bob", true);
    agent.pauseUntil(60_000);
    agent.pauseUntil(1_000);
    assertThat(agent.pauses(59_999)).isTrue();
    assertThat(agent.pauses(60_000)).isFalse();
    agent.endPause();
    assertThat(agent.pauses(0)).isFalse();
  }

  @Test
  void afterRunsThatFoundNothingItRestsForLongerAndLongerUntilSomethingComes() {
    Served agent = new Served("bob", true);
    agent.looked(true, depth(5, 1), 0);
    long[] rests = {1_000, 2_000, 4_000, 8_000, 10_000, 10_000};
    for (long rest : rests) {
      agent.restAfterNothing(0);
      agent.looked(true, depth(5, 1), 0);
      assertThat(agent.rests(rest - 1)).isTrue();
      assertThat(agent.rests(rest)).isFalse();
    }
    agent.looked(true, depth(6, 2), 0);
    assertThat(agent.rests(0)).as("a new message").isFalse();
    agent.restAfterNothing(0);
    assertThat(agent.rests(1_000)).isFalse();
    assertThat(agent.pauses(0)).as("its server has not asked for it").isFalse();
  }

  @Test
  void aRunThatFoundSomethingBeginsAnew() {
    Served agent = new Served("bob", true);
    agent.looked(true, depth(5, 1), 0);
    agent.restAfterNothing(0);
    agent.restAfterNothing(0);
    agent.restNoMore();
    agent.restAfterNothing(0);
    assertThat(agent.rests(999)).isTrue();
    assertThat(agent.rests(1_000)).isFalse();
  }

  @Test
  void anAgentIsLeftToComeBackAfterItsSession() {
    Served agent = new Served("bob", true);
    assertThat(agent.mayComeBack(0, GRACE)).isFalse();
    agent.hadSession(0);
    assertThat(agent.mayComeBack(GRACE - 1, GRACE)).isTrue();
    assertThat(agent.mayComeBack(GRACE, GRACE)).isFalse();
  }

  @Test
  void soItIsWhenItsMailboxComesFromAnotherNode() {
    Served agent = new Served("bob", false);
    agent.looked(false, Depth.NONE, 0);
    agent.looked(true, depth(9, 1), 1_000);
    assertThat(agent.mayComeBack(1_000, GRACE)).isTrue();
    agent.looked(true, depth(9, 1), 5_000);
    assertThat(agent.mayComeBack(1_000 + GRACE, GRACE)).isFalse();
  }

  @Test
  void aMailboxThatIsNewWasNobodyElses() {
    Served agent = new Served("bob", false);
    agent.looked(false, Depth.NONE, 0);
    agent.looked(true, depth(4, 3), 1_000);
    assertThat(agent.mayComeBack(1_000, GRACE)).isFalse();
  }

  private static Depth depth(long nextSequence, long messages) {
    return new Depth(1, nextSequence, messages, 0);
  }
}
