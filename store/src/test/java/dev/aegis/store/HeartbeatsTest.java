package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class HeartbeatsTest {
  private static final JournalId A = new JournalId(1);
  private static final JournalId B = new JournalId(2);

  private final Heartbeats heartbeats = new Heartbeats(100);

  @Test
  void whoDoesNotCountUpIsDead() {
    heartbeats.hear(Map.of(A, 7L, B, 3L), 1_000);
    heartbeats.hear(Map.of(A, 8L, B, 3L), 1_099);
    assertThat(heartbeats.dead(1_099)).isEmpty();
    heartbeats.hear(Map.of(A, 8L, B, 3L), 1_100);
    assertThat(heartbeats.dead(1_100)).containsExactly(B);
    assertThat(heartbeats.silence(B, 1_100)).isEqualTo(100);
    assertThat(heartbeats.silence(A, 1_100)).isEqualTo(1);
  }

  @Test
  void whoHasLeftIsForgotten() {
    heartbeats.hear(Map.of(A, 7L, B, 3L), 1_000);
    heartbeats.hear(Map.of(A, 8L), 2_000);
    assertThat(heartbeats.dead(2_000)).isEmpty();
    heartbeats.hear(Map.of(A, 9L, B, 3L), 3_000);
    assertThat(heartbeats.dead(3_000)).isEmpty();
  }

  @Test
  void whoHasNotCountedYetHasLongerToStart() {
    heartbeats.hear(Map.of(A, 0L), 1_000);
    heartbeats.hear(Map.of(A, 0L), 2_999);
    assertThat(heartbeats.dead(2_999)).isEmpty();
    assertThat(heartbeats.dead(3_000)).containsExactly(A);
    heartbeats.hear(Map.of(A, 1L), 3_000);
    assertThat(heartbeats.dead(3_099)).isEmpty();
    assertThat(heartbeats.dead(3_100)).containsExactly(A);
  }

  @Test
  void nobodyIsDeadBecauseNothingCouldBeHeard() {
    heartbeats.hear(Map.of(A, 7L, B, 3L), 1_000);
    heartbeats.deaf(5_000);
    heartbeats.hear(Map.of(A, 7L, B, 3L), 5_050);
    assertThat(heartbeats.dead(5_050)).isEmpty();
    heartbeats.hear(Map.of(A, 8L, B, 3L), 5_100);
    assertThat(heartbeats.dead(5_100)).containsExactly(B);
  }
}
