package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.fabric.Claims.Due;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClaimsTest {
  private static final long SECOND = 1_000_000_000;

  private final Claims claims = new Claims(Duration.ofSeconds(100), Duration.ofSeconds(10));

  @Test
  void announcesEachAgainAfterItsTime() {
    claims.claimed("a", 1, 0);
    claims.claimed("b", 2, 50 * SECOND);
    assertThat(claims.due(10, 99 * SECOND)).isEmpty();
    assertThat(claims.due(10, 100 * SECOND)).containsExactly(new Due("a", 1));
    assertThat(claims.due(10, 150 * SECOND)).containsExactly(new Due("b", 2));
    assertThat(claims.due(10, 199 * SECOND)).isEmpty();
    assertThat(claims.due(10, 300 * SECOND)).containsExactly(new Due("a", 1), new Due("b", 2));
  }

  @Test
  void forgetsWhatWasReleasedAndKeepsTheHighestEpoch() {
    claims.claimed("a", 5, 0);
    assertThat(claims.claimed("a", 4, 0)).isFalse();
    claims.released("a", 4);
    assertThat(claims.all()).containsExactly(new Due("a", 5));
    claims.released("a", 5);
    assertThat(claims.size()).isZero();
  }

  @Test
  void spreadsAllOverAWhileAfterTheyWereLost() {
    for (int i = 0; i < 100; i++) {
      claims.claimed("agent-" + i, 1, 0);
    }
    claims.lost(20 * SECOND);
    assertThat(claims.due(1_000, 20 * SECOND)).isEmpty();
    assertThat(claims.due(1_000, 21 * SECOND)).hasSize(10);
    assertThat(claims.due(1_000, 21 * SECOND)).isEmpty();
    assertThat(claims.due(1_000, 25 * SECOND)).hasSize(40);
    assertThat(claims.due(30, 60 * SECOND)).hasSize(30);
    assertThat(claims.due(1_000, 60 * SECOND)).hasSize(20);
    assertThat(claims.due(1_000, 100 * SECOND)).isEmpty();
    // The first ones were announced at 21 s.
    assertThat(claims.due(1_000, 121 * SECOND)).hasSize(10);
  }

  @Test
  void whatCouldNotBeSaidIsSaidNext() {
    claims.claimed("a", 1, 0);
    claims.claimed("b", 1, 0);
    claims.failed(new Due("b", 1), 0);
    assertThat(claims.due(10, 1)).isEqualTo(List.of(new Due("b", 1)));
    assertThat(claims.due(10, 1)).isEmpty();
  }
}
