package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassQueuesTest {
  private final ClassQueues<String> queues = new ClassQueues<>();

  private List<String> take(int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count && queues.peek() != null) {
      taken.add(queues.remove());
    }
    return taken;
  }

  @Test
  void aHigherClassGoesFirstAndOrderStaysWithinAClass() {
    queues.add(Priority.LOW, "low");
    queues.add(Priority.CRITICAL, "first");
    queues.add(Priority.NORMAL, "normal");
    queues.add(Priority.CRITICAL, "second");
    queues.addFirst(Priority.NORMAL, "before");

    assertThat(queues.size()).isEqualTo(5);
    assertThat(take(9)).containsExactly("first", "second", "before", "normal", "low");
    assertThat(queues.size()).isZero();
  }

  @Test
  void aLowerClassKeepsAShare() {
    for (int i = 0; i < 200; i++) {
      queues.add(Priority.CRITICAL, "critical");
      queues.add(Priority.LOW, "low");
    }

    assertThat(take(72)).filteredOn("low"::equals).hasSize(8);
  }

  @Test
  void downToAClassOnlyThatAndHigherOnesAreShown() {
    queues.add(Priority.NORMAL, "normal");

    assertThat(queues.peek()).isEqualTo("normal");
    assertThat(queues.peek(Priority.HIGH)).isNull();
    queues.add(Priority.HIGH, "high");
    assertThat(queues.peek()).as("its turn is not over").isEqualTo("normal");
    assertThat(queues.peek(Priority.HIGH)).isEqualTo("high");
    assertThat(queues.remove()).isEqualTo("high");
    assertThat(take(2)).containsExactly("normal");
  }
}
