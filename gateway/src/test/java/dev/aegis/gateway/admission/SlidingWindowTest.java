package dev.aegis.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
  private static final long WINDOW = Duration.ofHours(1).toNanos();
  private static final long SLOT = Math.ceilDiv(WINDOW, SlidingWindow.SLOTS);

  private static SlidingWindow window(int messages, long now) {
    return new SlidingWindow(new Quota(messages, Duration.ofHours(1)), now);
  }

  @Test
  void passesTheQuotaAndSaysWhenMorePasses() {
    SlidingWindow window = window(3, 7);
    assertThat(window.take(7)).isZero();
    assertThat(window.take(7)).isZero();
    assertThat(window.take(7)).isZero();
    long wait = window.take(7);
    assertThat(wait).isEqualTo(WINDOW + SLOT);
    assertThat(window.waitNanos(7)).isEqualTo(wait);
    assertThat(window.take(7 + wait - 1)).isEqualTo(1);
    assertThat(window.take(7 + wait)).isZero();
  }

  @Test
  void whatWasUsedComesBackAsItLeavesTheWindow() {
    SlidingWindow window = window(2, 0);
    assertThat(window.take(0)).isZero();
    assertThat(window.take(10 * SLOT)).isZero();
    assertThat(window.take(20 * SLOT)).isEqualTo(WINDOW + SLOT - 20 * SLOT);
    assertThat(window.take(WINDOW + SLOT)).isZero();
    assertThat(window.take(WINDOW + SLOT)).isEqualTo(10 * SLOT);
    assertThat(window.take(WINDOW + 11 * SLOT)).isZero();
  }

  @Test
  void aRefusalUsesNothing() {
    SlidingWindow window = window(1, 0);
    assertThat(window.take(0)).isZero();
    for (int i = 1; i < 1_000; i++) {
      assertThat(window.take(i)).isPositive();
    }
    assertThat(window.take(WINDOW + SLOT)).isZero();
  }

  @Test
  void isEmptyAgainAfterALongPause() {
    SlidingWindow window = window(5, 0);
    assertThat(window.isEmpty(0)).isTrue();
    window.take(0);
    assertThat(window.isEmpty(WINDOW)).isFalse();
    assertThat(window.isEmpty(WINDOW + SLOT)).isTrue();
    assertThat(window.take(1_000 * WINDOW + 17)).isZero();
    assertThat(window.isEmpty(1_000 * WINDOW + 17)).isFalse();
  }

  @Test
  void noSpanOfTheWindowEverSeesMoreThanTheQuota() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int limit = random.nextInt(1, 200);
      long start = random.nextLong();
      SlidingWindow window = window(limit, start);
      Deque<Long> passed = new ArrayDeque<>();
      long time = 0;
      long refusedUntil = 0;
      for (int i = 0; i < 5_000; i++) {
        // Bursts and pauses.
        time +=
            random.nextInt(10) == 0 ? random.nextLong(WINDOW / 2) : random.nextLong(WINDOW / 500);
        while (!passed.isEmpty() && passed.peekFirst() <= time - WINDOW) {
          passed.removeFirst();
        }
        long wait = window.take(start + time);
        if (wait == 0) {
          passed.addLast(time);
          assertThat(passed.size()).as("seed %d", seed).isLessThanOrEqualTo(limit);
          assertThat(time)
              .as("seed %d: before it was to be", seed)
              .isGreaterThanOrEqualTo(refusedUntil);
        } else {
          // Not refused without need: a window and a slot hold the quota.
          assertThat(wait).as("seed %d", seed).isLessThanOrEqualTo(WINDOW + SLOT);
          refusedUntil = time + wait;
        }
      }
    }
  }

  @Test
  void threadsTogetherGetNoMoreThanTheQuota() throws Exception {
    for (int round = 0; round < 200; round++) {
      SlidingWindow window = window(100, 0);
      AtomicInteger passed = new AtomicInteger();
      CountDownLatch go = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  await(go);
                  for (int n = 0; n < 50; n++) {
                    if (window.take(n) == 0) {
                      passed.incrementAndGet();
                    }
                  }
                }));
      }
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(passed.get()).isLessThanOrEqualTo(100);
      // Whatever two threads gave back to each other is there for the next.
      while (window.take(50) == 0) {
        passed.incrementAndGet();
      }
      assertThat(passed.get()).isEqualTo(100);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
