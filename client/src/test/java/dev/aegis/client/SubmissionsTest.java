package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SubmissionsTest {
  private static final int MOST = 4;

  private final Submissions submissions = new Submissions(MOST);
  private final List<Item> taken = new ArrayList<>();

  @Test
  void wakesTheLoopOnceForWhatComesBeforeItLooks() {
    assertThat(submissions.add(item(true))).isTrue();
    assertThat(submissions.add(item(true))).isFalse();
    submissions.drain(taken::add);
    assertThat(taken).hasSize(2);
    assertThat(submissions.add(item(true))).isTrue();
  }

  @Test
  void durableMessagesWaitForALoopThatComesUntilThereAreMany() {
    submissions.loopComes();
    for (int i = 1; i < MOST; i++) {
      assertThat(submissions.add(item(true))).isFalse();
    }
    assertThat(submissions.add(item(true))).isTrue();
    assertThat(submissions.add(item(true))).isFalse();
    submissions.drain(taken::add);
    assertThat(taken).hasSize(MOST + 1);
  }

  @Test
  void bestEffortOnesDoNotWait() {
    submissions.loopComes();
    assertThat(submissions.add(item(true))).isFalse();
    assertThat(submissions.add(item(false))).isTrue();
  }

  @Test
  void nothingIsLeftBehindWhateverTheThreadsDo() throws Exception {
    int threads = 3;
    int each = 20_000;
    AtomicInteger running = new AtomicInteger(threads);
    ConcurrentLinkedQueue<Boolean> wakes = new ConcurrentLinkedQueue<>();
    List<Thread> senders = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      senders.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < each; i++) {
                  if (submissions.add(item(true))) {
                    wakes.add(true);
                  }
                }
                running.decrementAndGet();
              }));
    }
    // The loop looks when it was told to, and, having promised to come, once more by itself.
    boolean promised = false;
    while (running.get() > 0 || promised || !wakes.isEmpty()) {
      if (wakes.poll() != null || promised) {
        submissions.drain(taken::add);
        promised = !promised;
        if (promised) {
          submissions.loopComes();
        }
      }
    }
    for (Thread sender : senders) {
      sender.join();
    }
    assertThat(taken).hasSize(threads * each);
  }

  private static Item item(boolean durable) {
    return new Item(
        Message.builder(Kind.EVENT, new UUID(0, 1), "alice", "bob", "note")
            .guarantee(durable ? Guarantee.AT_LEAST_ONCE : Guarantee.BEST_EFFORT)
            .flags(0)
            .payload(new byte[1])
            .build());
  }
}
