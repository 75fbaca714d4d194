package dev.aegis.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LanesTest {
  private static final List<Priority> CLASSES = List.of(Priority.values());

  private record Item(Priority priority, int number, int sizeBytes) implements LaneItem {}

  @Test
  void drainsMostUrgentFirstAndKeepsOrderWithinAClass() {
    Lanes<Item> lanes = new Lanes<>(LaneBounds.defaults());
    lanes.offer(new Item(Priority.LOW, 1, 1));
    lanes.offer(new Item(Priority.CRITICAL, 2, 1));
    lanes.offer(new Item(Priority.CRITICAL, 3, 1));
    lanes.offer(new Item(Priority.HIGH, 4, 1));

    assertThat(drain(lanes)).extracting(Item::number).containsExactly(2, 3, 4, 1);
    assertThat(lanes.isEmpty()).isTrue();
    assertThat(lanes.bytes()).isZero();
  }

  @Test
  void everyClassThatWaitsGetsItsShareOfAFloodedDrain() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(1_024, 1 << 20, 100, 1 << 20));
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < 1_000; i++) {
        lanes.offer(new Item(priority, i, 1));
      }
    }

    Map<Priority, Integer> taken = count(drain(lanes));

    assertThat(taken)
        .containsEntry(Priority.CRITICAL, 65)
        .containsEntry(Priority.HIGH, 20)
        .containsEntry(Priority.NORMAL, 10)
        .containsEntry(Priority.LOW, 5);
  }

  @Test
  void shareOfIdleClassesGoesToTheMostUrgent() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(1_024, 1 << 20, 100, 1 << 20));
    for (int i = 0; i < 1_000; i++) {
      lanes.offer(new Item(Priority.CRITICAL, i, 1));
      lanes.offer(new Item(Priority.LOW, i, 1));
    }

    assertThat(count(drain(lanes)))
        .containsEntry(Priority.CRITICAL, 95)
        .containsEntry(Priority.LOW, 5);
  }

  @Test
  void largeUrgentItemsLeaveBytesForTheLowerClasses() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(1_024, 1 << 20, 100, 1_000));
    for (int i = 0; i < 200; i++) {
      lanes.offer(new Item(Priority.CRITICAL, i, 100));
      lanes.offer(new Item(Priority.NORMAL, i, 100));
    }

    assertThat(count(drain(lanes)))
        .containsEntry(Priority.CRITICAL, 9)
        .containsEntry(Priority.NORMAL, 1);
  }

  @Test
  void hugeUrgentItemDoesNotStarveTheLowerClasses() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(64, 1 << 20, 100, 1_000));
    for (int i = 0; i < 3; i++) {
      lanes.offer(new Item(Priority.CRITICAL, i, 5_000));
      lanes.offer(new Item(Priority.LOW, i, 5_000));
    }

    assertThat(count(drain(lanes)))
        .containsEntry(Priority.CRITICAL, 1)
        .containsEntry(Priority.LOW, 1);
  }

  @Test
  void refusesBeyondTheItemsOfAClassOnly() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(4, 1 << 20, 100, 1 << 20));
    for (int i = 0; i < 4; i++) {
      assertThat(lanes.offer(new Item(Priority.LOW, i, 1))).isTrue();
    }

    assertThat(lanes.offer(new Item(Priority.LOW, 4, 1))).isFalse();
    assertThat(lanes.offer(new Item(Priority.HIGH, 5, 1))).isTrue();
  }

  @Test
  void lowTrafficCannotTakeTheLastBytesFromTheUrgent() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(64, 1_000, 100, 1 << 20));
    for (int i = 0; i < 7; i++) {
      assertThat(lanes.offer(new Item(Priority.LOW, i, 100))).isTrue();
    }

    assertThat(lanes.offer(new Item(Priority.LOW, 7, 100))).isFalse();
    assertThat(lanes.offer(new Item(Priority.CRITICAL, 8, 300))).isTrue();
    assertThat(lanes.offer(new Item(Priority.CRITICAL, 9, 1))).isFalse();
    assertThat(lanes.bytes()).isEqualTo(1_000);
  }

  @Test
  void oversizedItemPassesAlone() {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(4, 100, 100, 100));

    assertThat(lanes.offer(new Item(Priority.LOW, 1, 5_000))).isTrue();
    assertThat(lanes.offer(new Item(Priority.LOW, 2, 1))).isFalse();
    assertThat(drain(lanes)).hasSize(1);
  }

  @Test
  void losesAndRepeatsNothingUnderConcurrentOffers() throws InterruptedException {
    Lanes<Item> lanes = new Lanes<>(new LaneBounds(64, 10_000, 32, 1 << 20));
    int producers = 4;
    int each = 20_000;
    CountDownLatch ended = new CountDownLatch(producers);
    int[] accepted = new int[producers];
    for (int p = 0; p < producers; p++) {
      int producer = p;
      Thread.ofPlatform()
          .start(() -> {
            for (int i = 0; i < each; i++) {
              Item item = new Item(CLASSES.get(i & 3), producer * each + i, 10);
              while (!lanes.offer(item)) {
                Thread.onSpinWait();
              }
              accepted[producer]++;
            }
            ended.countDown();
          });
    }
    List<Item> taken = new ArrayList<>();
    while (ended.getCount() > 0 || !lanes.isEmpty()) {
      lanes.drain(taken::add);
    }

    assertThat(taken).hasSize(producers * each);
    assertThat(accepted).containsOnly(each);
    int[][] last = new int[producers][4];
    for (Item item : taken) {
      int producer = item.number / each;
      int lane = item.priority.wire();
      int position = item.number % each + 1;
      assertThat(position).isGreaterThan(last[producer][lane]);
      last[producer][lane] = position;
    }
    assertThat(lanes.bytes()).isZero();
  }

  private static List<Item> drain(Lanes<Item> lanes) {
    List<Item> taken = new ArrayList<>();
    int count = lanes.drain(taken::add);
    assertThat(count).isEqualTo(taken.size());
    return taken;
  }

  private static Map<Priority, Integer> count(List<Item> items) {
    Map<Priority, Integer> counts = new EnumMap<>(Priority.class);
    items.forEach(item -> counts.merge(item.priority(), 1, Integer::sum));
    return counts;
  }
}
