package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.chaos.KillSchedule.Kill;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KillScheduleTest {
  private static final Map<Victim, Integer> PROCESSES =
      Map.of(Victim.GATEWAY, 1, Victim.DATABASE, 1, Victim.SENDER, 3, Victim.RECEIVER, 2);
  private static final int ROUND = PROCESSES.size();

  @Test
  void theSameSeedGivesTheSameKills() {
    assertThat(kills(7)).isEqualTo(kills(7));
    assertThat(kills(7)).isNotEqualTo(kills(8));
  }

  @Test
  void everyKindComesInEveryRound() {
    List<Kill> kills = kills(1);
    for (int begin = 0; begin < kills.size(); begin += ROUND) {
      Set<Victim> round = EnumSet.noneOf(Victim.class);
      kills.subList(begin, begin + ROUND).forEach(kill -> round.add(kill.victim()));
      assertThat(round).isEqualTo(PROCESSES.keySet());
    }
  }

  @Test
  void theProcessesOfAKindTakeTurns() {
    List<Kill> senders = kills(2).stream().filter(kill -> kill.victim() == Victim.SENDER).toList();
    for (int i = 0; i < senders.size(); i++) {
      assertThat(senders.get(i).process()).isEqualTo(i % 3);
    }
    assertThat(kills(2))
        .filteredOn(kill -> kill.victim() == Victim.GATEWAY)
        .allMatch(kill -> kill.process() == 0);
  }

  @Test
  void pausesAreWithinTheirBounds() {
    long last = 0;
    for (Kill kill : kills(3)) {
      assertThat(kill.atMillis() - last).isBetween(100L, 400L);
      assertThat(kill.downMillis()).isBetween(0L, 1_000L);
      assertThat(kill.holdMillis()).isBetween(100L, 900L);
      last = kill.atMillis();
    }
  }

  private static List<Kill> kills(long seed) {
    KillSchedule schedule = new KillSchedule(seed, 100, 400, 900, PROCESSES);
    List<Kill> kills = new ArrayList<>();
    for (int i = 0; i < 100 * ROUND; i++) {
      kills.add(schedule.next());
    }
    return kills;
  }
}
