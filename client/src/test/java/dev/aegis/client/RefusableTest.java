package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RefusableTest {
  private static final int CAPACITY = 64;

  private final Refusable refusable = new Refusable(CAPACITY);

  private List<Sent> add(int count) {
    List<Sent> added = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Sent sent = Sent.of(UUID.randomUUID());
      refusable.add(sent);
      added.add(sent);
    }
    return added;
  }

  @Test
  void findsEachOfTheLastOnceInAnyOrder() {
    List<Sent> all = add(1_000);
    List<Sent> last = new ArrayList<>(all.subList(all.size() - CAPACITY, all.size()));
    Collections.shuffle(last, new Random(1));
    for (Sent sent : last) {
      assertThat(refusable.remove(sent.id())).isSameAs(sent);
      assertThat(refusable.remove(sent.id())).isNull();
    }
  }

  @Test
  void forgetsTheOldest() {
    List<Sent> all = add(CAPACITY + 1);
    assertThat(refusable.remove(all.getFirst().id())).isNull();
    assertThat(refusable.remove(all.get(1).id())).isSameAs(all.get(1));
  }

  @Test
  void knowsWhatCameAfterARefusal() {
    List<Sent> first = add(10);
    assertThat(refusable.remove(first.getLast().id())).isSameAs(first.getLast());
    List<Sent> second = add(CAPACITY / 2);
    assertThat(refusable.remove(second.getFirst().id())).isSameAs(second.getFirst());
    assertThat(refusable.remove(first.getFirst().id())).isSameAs(first.getFirst());
  }

  @Test
  void isEmptyAfterwards() {
    List<Sent> before = add(CAPACITY / 2);
    refusable.clear();
    assertThat(refusable.remove(before.getFirst().id())).isNull();
    Sent after = add(1).getFirst();
    assertThat(refusable.remove(after.id())).isSameAs(after);
  }
}
