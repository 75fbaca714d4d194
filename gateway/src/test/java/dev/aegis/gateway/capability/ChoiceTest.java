package dev.aegis.gateway.capability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private final SplittableRandom random = new SplittableRandom(7);

  @Test
  void whereNobodyFitsNobodyIsChosen() {
    assertThat(Choice.among(List.<Integer>of(), _ -> true, _ -> 0, random)).isNull();
    assertThat(Choice.among(List.of(1, 2, 3), _ -> false, _ -> 0, random)).isNull();
  }

  @Test
  void theOnlyOneThatFitsIsFoundAmongMany() {
    List<Integer> many = IntStream.range(0, 10_000).boxed().toList();
    assertThat(Choice.among(many, each -> each == 9_876, _ -> 0, random)).isEqualTo(9_876);
  }

  @Test
  void ofTwoTheLessLoadedIsChosenWhateverChanceSays() {
    for (int i = 0; i < 100; i++) {
      assertThat(Choice.among(List.of(5, 3), _ -> true, Integer::longValue, random)).isEqualTo(3);
    }
  }

  @Test
  void whoeverFitsHasAChance() {
    Set<Integer> chosen = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      chosen.add(Choice.among(List.of(1, 2, 3, 4), each -> each != 2, _ -> 0, random));
    }
    assertThat(chosen).containsExactlyInAnyOrder(1, 3, 4);
  }

  /// With one choice the fullest of 100 has about 35 above the average of 1000; with two, a few.
  @Test
  void workIsSpreadNearlyEvenly() {
    int[] loads = new int[100];
    List<Integer> all = IntStream.range(0, loads.length).boxed().toList();
    for (int i = 0; i < 100_000; i++) {
      Integer chosen = Choice.among(all, _ -> true, each -> loads[each], random);
      loads[chosen == null ? 0 : chosen]++;
    }
    assertThat(Arrays.stream(loads).max().orElseThrow()).isLessThan(1_010);
  }
}
