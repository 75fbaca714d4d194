package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandoverTest {
  private static final int MOST = 4;

  private final Handover<Integer> handover = new Handover<>(MOST);
  private final List<Integer> taken = new ArrayList<>();

  @Test
  void wakesTheLoopOnceForWhatComesBeforeItLooks() {
    assertThat(handover.add(1, true)).isTrue();
    assertThat(handover.add(1, true)).isFalse();
    handover.drain(taken::add);
    assertThat(taken).hasSize(2);
    assertThat(handover.add(1, true)).isTrue();
  }

  @Test
  void patientItemsWaitForALoopThatComesUntilThereAreMany() {
    handover.loopComes();
    for (int i = 1; i < MOST; i++) {
      assertThat(handover.add(1, true)).isFalse();
    }
    assertThat(handover.add(1, true)).isTrue();
    assertThat(handover.add(1, true)).isFalse();
    handover.drain(taken::add);
    assertThat(taken).hasSize(MOST + 1);
  }

  @Test
  void othersDoNotWait() {
    handover.loopComes();
    assertThat(handover.add(1, true)).isFalse();
    assertThat(handover.add(1, false)).isTrue();
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
                  if (handover.add(1, true)) {
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
        handover.drain(taken::add);
        promised = !promised;
        if (promised) {
          handover.loopComes();
        }
      }
    }
    for (Thread sender : senders) {
      sender.join();
    }
    assertThat(taken).hasSize(threads * each);
  }
}
