package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Priority;
import org.junit.jupiter.api.Test;

class YieldingWindowTest {
  private static final int WHOLE = 1_000;

  private final StoringTime storing = new StoringTime();
  private long now = 1_000;

  private YieldingWindow window() {
    return new YieldingWindow(WHOLE, storing, () -> now);
  }

  /// As many as there may be, all stored after some time.
  private void fill(YieldingWindow window, Priority priority, long millis) {
    int messages = window.messages();
    for (int i = 0; i < messages; i++) {
      window.accepted(priority);
    }
    now += millis;
    window.settled(messages);
  }

  @Test
  void whatIsLowYieldsWhileStoringTakesLongerThanItHasTo() {
    YieldingWindow window = window();
    fill(window, Priority.LOW, 4);
    assertThat(window.messages()).isEqualTo(WHOLE);
    fill(window, Priority.LOW, 4 + YieldingWindow.TARGET_MILLIS);
    assertThat(window.messages()).isEqualTo(WHOLE);
    fill(window, Priority.LOW, 5 + YieldingWindow.TARGET_MILLIS);
    assertThat(window.messages()).isEqualTo(YieldingWindow.LEAST);
  }

  @Test
  void itGrowsToTheWholeOnceThereIsRoom() {
    YieldingWindow window = window();
    fill(window, Priority.LOW, 4);
    fill(window, Priority.LOW, 60);
    quick(window);
    assertThat(window.messages()).isEqualTo(2 * YieldingWindow.LEAST);
    for (int i = 0; i < YieldingWindow.QUICK - 1; i++) {
      fill(window, Priority.LOW, 4);
    }
    assertThat(window.messages()).isEqualTo(2 * YieldingWindow.LEAST);
    fill(window, Priority.LOW, 60);
    assertThat(window.messages()).isEqualTo(YieldingWindow.LEAST);
    for (int i = 0; i < 4; i++) {
      quick(window);
    }
    assertThat(window.messages()).isEqualTo(WHOLE);
  }

  private void quick(YieldingWindow window) {
    for (int i = 0; i < YieldingWindow.QUICK; i++) {
      fill(window, Priority.LOW, 4 + YieldingWindow.TARGET_MILLIS);
    }
  }

  @Test
  void whatIsNotLowDoesNotYield() {
    YieldingWindow window = window();
    fill(window, Priority.NORMAL, 4);
    for (int i = 0; i < 10; i++) {
      fill(window, Priority.NORMAL, 500);
    }
    assertThat(window.messages()).isEqualTo(WHOLE);
  }

  @Test
  void aDiskThatIsSlowForGoodIsNoReasonToYield() {
    YieldingWindow window = window();
    fill(window, Priority.LOW, 50);
    fill(window, Priority.LOW, 50);
    assertThat(window.messages()).as("it never was quicker").isEqualTo(WHOLE);
    storing.took(2, now);
    fill(window, Priority.LOW, 50);
    assertThat(window.messages()).isLessThan(WHOLE);
    long end = now + 1_000_000;
    while (now < end) {
      fill(window, Priority.LOW, 50);
    }
    assertThat(window.messages()).as("it has become so, and is believed").isEqualTo(WHOLE);
  }

  @Test
  void oneMessageAtATimeIsTimedWhateverIsStoredInFrontOfIt() {
    YieldingWindow window = window();
    fill(window, Priority.LOW, 1);
    for (int i = 0; i < 100; i++) {
      window.accepted(Priority.LOW);
    }
    window.settled(50);
    now += 5;
    for (int i = 0; i < 100; i++) {
      window.accepted(Priority.LOW);
    }
    now += 100;
    window.settled(50);
    assertThat(window.messages()).as("those behind are not told yet").isEqualTo(WHOLE);
  }

  @Test
  void whoeverKeepsAnEighthForWhatIsUrgentNeverStandsStill() {
    Credit credit = new Credit(WHOLE, 1L << 40, 0);
    YieldingWindow window = window();
    long told = WHOLE;
    long sent = 0;
    storing.took(1, now);
    for (int round = 0; round < 200; round++) {
      long room = told - WHOLE / 8 - sent;
      assertThat(room).as("room in round %d", round).isPositive();
      for (long i = 0; i < room; i++) {
        assertThat(credit.allows(1, false)).isTrue();
        credit.use(1);
        window.accepted(Priority.LOW);
      }
      sent += room;
      now += round % 50 < 30 ? 60 : 1; // behind for long, and then not
      window.settled(room);
      credit.giveBack(room, room);
      Control.Credit raised = credit.raise(window);
      told = raised == null ? told : raised.messages();
    }
    assertThat(window.messages()).isGreaterThan(YieldingWindow.LEAST);
  }
}
