package dev.aegis.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RevocationsTest {
  private final Revocations revocations = new Revocations();

  @Test
  void onlyWhoIsRevokedAfterwardsIsFoundOut() {
    revocations.add("early");
    long then = revocations.count();
    revocations.add("late");
    assertThat(revocations.after(then, "late")).isTrue();
    assertThat(revocations.after(then, "early")).isFalse();
    assertThat(revocations.after(then, "never")).isFalse();
    assertThat(revocations.after(revocations.count(), "late")).isFalse();
    revocations.add("early");
    assertThat(revocations.after(then, "early")).isTrue();
  }

  @Test
  void whoWasAdmittedBeforeWhatIsForgottenCountsAsFoundOut() {
    long then = revocations.count();
    for (int i = 0; i < Revocations.REMEMBERED; i++) {
      revocations.add("agent-" + i);
    }
    assertThat(revocations.after(then, "other")).isFalse();
    revocations.add("one-more");
    assertThat(revocations.after(then, "other")).isTrue();
    assertThat(revocations.after(then + 1, "other")).isFalse();
  }

  @Test
  void theSameAgainForgetsNobody() {
    long then = revocations.count();
    for (int i = 0; i < 2 * Revocations.REMEMBERED; i++) {
      revocations.add("agent");
    }
    assertThat(revocations.after(then, "other")).isFalse();
  }
}
