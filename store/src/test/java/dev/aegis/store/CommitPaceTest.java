package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CommitPaceTest {
  private static final long MILLI = 1_000_000;

  private final CommitPace pace = new CommitPace(0);

  @Test
  void theFirstSegmentGoesAtOnce() {
    assertThat(pace.waitNanos(0, 1)).isLessThanOrEqualTo(0);
  }

  @Test
  void segmentsKeepTwiceTheDistanceThatACommitTakes() {
    commitsTake(2 * MILLI);
    pace.formed(100 * MILLI);
    assertThat(pace.waitNanos(101 * MILLI, 1)).isBetween(28 * MILLI / 10, 3 * MILLI);
    assertThat(pace.waitNanos(104 * MILLI, 1)).isLessThanOrEqualTo(0);
  }

  @Test
  void aSlowDiskIsNotWaitedForLongerThanTheBound() {
    commitsTake(500 * MILLI);
    pace.formed(0);
    assertThat(pace.waitNanos(0, 1)).isEqualTo(CommitPace.LONGEST_NANOS);
  }

  @Test
  void muchThatWaitsGoesAtOnce() {
    commitsTake(500 * MILLI);
    pace.formed(0);
    assertThat(pace.waitNanos(0, CommitPace.FULL_BYTES)).isZero();
  }

  private void commitsTake(long nanos) {
    for (int i = 0; i < 60; i++) {
      pace.committed(nanos);
    }
  }
}
