package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
  @Test
  void asManyReceiversAsSendersMakePairs() {
    for (int sender = 0; sender < 8; sender++) {
      assertThat(Routes.of(sender, 8, 8, 1).targets()).containsExactly(sender);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,8", "2,7", "3,8", "8,3", "8,1", "1,1"})
  void everyReceiverIsSomebodysTarget(int senders, int receivers) {
    Set<Integer> reached = new HashSet<>();
    for (int sender = 0; sender < senders; sender++) {
      Routes routes = Routes.of(sender, senders, receivers, 1);
      for (long message = 0; message < receivers; message++) {
        reached.add(routes.receiver(message, 0));
      }
    }
    assertThat(reached).hasSize(receivers);
  }

  @Test
  void theCopiesOfAMessageGoToDifferentReceivers() {
    Routes routes = Routes.of(1, 4, 10, 4);
    Set<Integer> reached = new HashSet<>();
    for (long message = 0; message < 10; message++) {
      Set<Integer> receivers = new HashSet<>();
      for (int copy = 0; copy < 4; copy++) {
        receivers.add(routes.receiver(message, copy));
      }
      assertThat(receivers).hasSize(4);
      reached.addAll(receivers);
    }
    assertThat(reached).hasSize(10);
  }

  @Test
  void refusesMoreCopiesThanReceivers() {
    assertThatThrownBy(() -> Routes.of(0, 1, 2, 3)).isInstanceOf(IllegalArgumentException.class);
  }
}
