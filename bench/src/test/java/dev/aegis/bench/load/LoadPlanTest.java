package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPlanTest {
  private static LoadPlan plan(
      Guarantee guarantee, int senders, int receivers, int bytes, int fanOut, double offline) {
    return new LoadPlan(
        guarantee,
        senders,
        receivers,
        bytes,
        1,
        0,
        0,
        256,
        false,
        PriorityMix.parse("normal"),
        fanOut,
        0,
        offline,
        1);
  }

  @Test
  void onlyTheOneBestEffortSenderToAllBroadcasts() {
    assertThat(plan(Guarantee.BEST_EFFORT, 1, 200, 256, 200, 0).broadcasts()).isTrue();
    assertThat(plan(Guarantee.BEST_EFFORT, 2, 200, 256, 200, 0).broadcasts()).isFalse();
    assertThat(plan(Guarantee.AT_LEAST_ONCE, 1, 200, 256, 200, 0).broadcasts()).isFalse();
    assertThat(plan(Guarantee.BEST_EFFORT, 1, 200, 256, 199, 0).broadcasts()).isFalse();
    assertThat(plan(Guarantee.BEST_EFFORT, 1, 1, 256, 1, 0).broadcasts()).isFalse();
  }

  @Test
  void namesTheOptionThatIsWrong() {
    assertThatThrownBy(() -> plan(Guarantee.BEST_EFFORT, 1, 1, 19, 1, 0))
        .hasMessage("--size is 19, allowed are 20 to 1048576");
    assertThatThrownBy(() -> plan(Guarantee.BEST_EFFORT, 1, 2, 256, 3, 0))
        .hasMessage("--fan-out is 3, allowed are 1 to 2");
    assertThatThrownBy(() -> plan(Guarantee.BEST_EFFORT, 1, 2, 256, 1, 0.5))
        .hasMessageContaining("--offline-share needs a durable guarantee");
  }

  @Test
  void aShareOfTheReceiversIsAway() {
    assertThat(plan(Guarantee.AT_LEAST_ONCE, 1, 8, 256, 1, 0.25).presentReceivers()).isEqualTo(6);
    assertThat(plan(Guarantee.AT_LEAST_ONCE, 1, 8, 256, 1, 1).presentReceivers()).isZero();
  }

  @Test
  void atARateEveryClassHasAScheduleOfItsOwn() {
    LoadPlan mixed =
        new LoadPlan(
            Guarantee.AT_LEAST_ONCE,
            2,
            2,
            256,
            1,
            0,
            1_000,
            256,
            true,
            PriorityMix.parse("critical:1,low:4"),
            1,
            0,
            0,
            1);
    assertThat(mixed.schedules()).extracting(LoadPlan::rate).containsExactly(200.0, 800.0);
    assertThat(mixed.schedules())
        .extracting(schedule -> schedule.mix().classes())
        .containsExactly(List.of(Priority.CRITICAL), List.of(Priority.LOW));
    LoadPlan closed = plan(Guarantee.AT_LEAST_ONCE, 1, 1, 256, 1, 0);
    assertThat(closed.schedules()).containsExactly(closed);
  }
}
