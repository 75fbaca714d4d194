package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// With shells for processes, and time passed by hand.
class SupervisedTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<Integer> lives = new ArrayList<>();
  private long now;
  private String script = "read line";
  private final Supervised supervised = new Supervised("shell", this::start, 0);

  @AfterEach
  void end() {
    supervised.destroy();
  }

  @Test
  void whatIsKilledStaysAwayAndIsThenStartedAgain() throws IOException {
    supervised.tick(now);
    assertThat(supervised.kill(now, 2 * SECOND)).isTrue();
    assertThat(supervised.kill(now, 2 * SECOND)).as("it is down").isFalse();
    noticeEnd();
    now += SECOND;
    supervised.tick(now);
    assertThat(lives).containsExactly(0);
    now += SECOND;
    supervised.tick(now);
    assertThat(lives).containsExactly(0, 1);
    assertThat(supervised.running()).isNotNull();
    assertThat(supervised.unexpectedEnds()).isZero();
  }

  @Test
  void whatEndsByItselfIsStartedAgainAndCounted() throws IOException {
    script = "exit 7";
    supervised.tick(now);
    noticeEnd();
    assertThat(supervised.unexpectedEnds()).isEqualTo(1);
    assertThat(supervised.lastEnd()).isEqualTo("exit 7");
    now += SECOND;
    supervised.tick(now);
    assertThat(lives).containsExactly(0, 1);
  }

  @Test
  void onlyTheExitThatIsExcusedIsNotCountedAndOnlyOnce() throws IOException {
    script = "exit 69";
    supervised.tick(now);
    supervised.excuse(69);
    noticeEnd();
    assertThat(supervised.unexpectedEnds()).isZero();
    now += SECOND;
    supervised.tick(now);
    noticeEnd();
    assertThat(supervised.unexpectedEnds()).isEqualTo(1);
  }

  @Test
  void whatIsToldToDrainEndsAndIsNotStartedAgain() throws IOException {
    script = "read line; test \"$line\" = drain && exit 0; exit 1";
    assertThat(supervised.drain("drain")).as("not running yet").isFalse();
    supervised.tick(now);
    assertThat(supervised.drain("drain")).isTrue();
    noticeEnd();
    assertThat(supervised.isEnded()).isTrue();
    assertThat(supervised.lastEnd()).isEqualTo("exit 0");
    now += 10 * SECOND;
    supervised.tick(now);
    assertThat(lives).containsExactly(0);
  }

  @Test
  void stopsWithinItsPatience() throws Exception {
    supervised.tick(now);
    assertThat(supervised.stop(Duration.ofMinutes(1))).isTrue();
    supervised.tick(now);
    assertThat(supervised.isEnded()).isTrue();
    assertThat(supervised.unexpectedEnds()).isZero();
  }

  private Process start(int life) throws IOException {
    lives.add(life);
    return new ProcessBuilder("sh", "-c", script).start();
  }

  /// Ticks, without time going on, until its process is gone and nothing runs.
  private void noticeEnd() {
    await()
        .until(() -> {
          Process before = supervised.running();
          supervised.tick(now);
          return before == null && supervised.running() == null;
        });
  }
}
