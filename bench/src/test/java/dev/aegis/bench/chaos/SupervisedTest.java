package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
  void anExitThatIsToleratedIsNeverCounted() throws IOException {
    script = "exit 69";
    supervised.tolerate(69);
    for (int life = 0; life < 2; life++) {
      supervised.tick(now);
      noticeEnd();
      now += SECOND;
    }
    assertThat(lives).containsExactly(0, 1);
    assertThat(supervised.unexpectedEnds()).isZero();
  }

  @Test
  void whatStandsStillGoesOnInTime() throws IOException {
    script = "while read line; do echo $line; done";
    supervised.tick(now);
    Process process = running();
    assertThat(supervised.pause(now, 2 * SECOND)).isTrue();
    assertThat(supervised.pause(now, 2 * SECOND)).as("it stands still already").isFalse();
    assertThat(state(process)).isEqualTo("T");
    now += SECOND;
    supervised.tick(now);
    assertThat(state(process)).isEqualTo("T");
    now += SECOND;
    supervised.tick(now);
    try (var input = process.outputWriter();
        var output = process.inputReader()) {
      input.write("on\n");
      input.flush();
      assertThat(output.readLine()).isEqualTo("on");
    }
  }

  @Test
  void whatStandsStillCanBeKilledAndStopped() throws Exception {
    supervised.tick(now);
    supervised.pause(now, 2 * SECOND);
    assertThat(supervised.kill(now, 0)).isTrue();
    noticeEnd();
    supervised.tick(now);
    assertThat(supervised.pause(now, 2 * SECOND)).isTrue();
    assertThat(supervised.stop(Duration.ofMinutes(1))).isTrue();
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

  private Process running() {
    Process process = supervised.running();
    assertThat(process).isNotNull();
    return Objects.requireNonNull(process);
  }

  /// As `ps` tells it: T for one that stands still.
  private static String state(Process process) throws IOException {
    Process ps =
        new ProcessBuilder("ps", "-o", "state=", "-p", Long.toString(process.pid())).start();
    try (var output = ps.inputReader()) {
      return String.valueOf(output.readLine()).strip();
    }
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
