package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.audit.AuditEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TrailQueueTest {
  @Test
  void asManyPlacesAsThereAreEntries() {
    TrailQueue queue = new TrailQueue(2, 1 << 20);
    TrailQueue.Place first = take(queue, null, "a");
    TrailQueue.Place second = take(queue, "bob", "b");

    assertThat(queue.take("org", null, entry("c"))).isNull();
    assertThat(queue.taken()).isEqualTo(2);
    assertThat(queue.refused()).isOne();

    first.settle(false);
    assertThat(queue.take("org", null, entry("d"))).isNotNull();
    second.settle(true);
    assertThat(queue.take("org", null, entry("e"))).as("it waits to be written").isNull();
    List<TrailQueue.Place> written = drained(queue);
    assertThat(written).containsExactly(second);
    assertThat(queue.take("org", null, entry("e"))).as("it is being written").isNull();
    second.free();
    assertThat(queue.take("org", null, entry("e"))).isNotNull();
    assertThat(drained(queue)).isEmpty();
  }

  @Test
  void asManyAsTheirBytesAllow() {
    TrailQueue queue = new TrailQueue(100, 2_048);
    List<TrailQueue.Place> places = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      places.add(take(queue, null, "a".repeat(100)));
    }
    assertThat(queue.take("org", null, entry("a".repeat(100)))).isNull();
    assertThat(queue.taken()).as("what was not given holds nothing").isEqualTo(3);
    places.forEach(place -> place.settle(false));
    assertThat(queue.taken()).isZero();
    assertThat(queue.take("org", null, entry("a".repeat(1_400)))).isNotNull();
  }

  @Test
  void nothingIsTakenOnceItIsClosed() {
    TrailQueue queue = new TrailQueue(2, 1 << 20);
    TrailQueue.Place before = take(queue, null, "a");
    queue.close();
    assertThat(queue.take("org", null, entry("b"))).isNull();
    before.settle(true);
    assertThat(drained(queue)).containsExactly(before);
  }

  @Test
  @Timeout(60)
  void aFullPageIsNotWaitedFor() throws Exception {
    TrailQueue queue = new TrailQueue(2 * TrailPages.PAGE_ENTRIES, 1 << 30);
    Thread writer = Thread.ofPlatform().start(() -> queue.await(TimeUnit.HOURS.toNanos(1)));
    for (int i = 0; i < TrailPages.PAGE_ENTRIES; i++) {
      take(queue, null, "a").settle(true);
    }
    assertThat(writer.join(Duration.ofSeconds(30))).isTrue();
  }

  private static TrailQueue.Place take(TrailQueue queue, @Nullable String agent, String sender) {
    return Objects.requireNonNull(queue.take("org", agent, entry(sender)));
  }

  private static AuditEntry entry(String sender) {
    return AuditEntry.action(1, sender, "x", "y", null);
  }

  private static List<TrailQueue.Place> drained(TrailQueue queue) {
    List<TrailQueue.Place> places = new ArrayList<>();
    queue.drainTo(places);
    return places;
  }
}
