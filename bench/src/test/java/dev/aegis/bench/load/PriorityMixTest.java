package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Priority;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorityMixTest {
  @Test
  void oneClassIsAllThereIs() {
    PriorityMix mix = PriorityMix.parse("high");
    assertThat(mix.classes()).containsExactly(Priority.HIGH);
    assertThat(mix.at(0)).isEqualTo(Priority.HIGH);
    assertThat(mix.at(1L << 40)).isEqualTo(Priority.HIGH);
  }

  @Test
  void everyClassHasItsShareOfACycle() {
    PriorityMix mix = PriorityMix.parse("critical:5, high:10, normal:60, low:25");
    Map<Priority, Integer> counts = new EnumMap<>(Priority.class);
    for (int i = 0; i < 2_000; i++) {
      counts.merge(mix.at(i), 1, Integer::sum);
    }
    assertThat(counts)
        .isEqualTo(
            Map.of(
                Priority.CRITICAL, 100,
                Priority.HIGH, 200,
                Priority.NORMAL, 1_200,
                Priority.LOW, 500));
    assertThat(mix.classes()).containsExactly(Priority.values());
  }

  /// Nine messages of one class in a row, then one of the other, would be a burst and not a mix.
  @Test
  void spreadsTheClassesOverTheCycle() {
    PriorityMix mix = PriorityMix.parse("critical:25,low:75");
    for (int start = 0; start < 100; start++) {
      int from = start;
      assertThat(IntStream.range(0, 4).mapToObj(i -> mix.at(from + i)))
          .filteredOn(Priority.CRITICAL::equals)
          .hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "urgentish | no class is called \"urgentish\"",
        "low:0 | must be positive",
        "low:-3 | must be positive",
        "low:x | \"x\" is no weight",
        "low:1,low:2 | named twice",
        "low:1, | no class is called \"\"",
        "low:9999,high:2 | more than 10000"
      })
  void saysWhatIsWrong(String text, String why) {
    assertThatThrownBy(() -> PriorityMix.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("critical:1,high:2,normal:5,low:2");
  }
}
