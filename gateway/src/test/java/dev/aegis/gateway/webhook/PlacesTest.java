package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PlacesTest {
  private final Places places = new Places(6, 2); // so that 4 are shared

  @Test
  void aRunHasAPlaceOfItsOwnWhateverOthersTake() throws Exception {
    Places.OfRun greedy = places.ofRun();
    Places.OfRun modest = places.ofRun();
    assertThat(greedy.take(64)).isEqualTo(5);
    assertThat(modest.take(8)).isEqualTo(1);
    assertThat(modest.take(8)).isZero();
    assertThat(greedy.take(1)).isZero();
  }

  @Test
  void whatIsFreedIsForWhoeverAsksFirst() throws Exception {
    Places.OfRun greedy = places.ofRun();
    Places.OfRun modest = places.ofRun();
    assertThat(greedy.take(5)).isEqualTo(5);
    assertThat(modest.take(1)).isEqualTo(1);
    greedy.free(3);
    assertThat(modest.take(8)).isEqualTo(3);
    modest.free(4);
    greedy.free(2);
    assertThat(modest.take(64)).as("no place is lost or made").isEqualTo(5);
  }
}
