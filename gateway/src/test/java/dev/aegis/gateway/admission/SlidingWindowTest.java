package dev.aegis.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
  private static final long WINDOW = Duration.ofHours(1).toNanos();
  private static final long SLOT = Math.ceilDiv(WINDOW, SlidingWindow.SLOTS);
  private static final int THREADS = 4;

  private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void close() {
    pool.close();
  }

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
  void threadsTogetherGetTheQuotaAndNoMore() throws Exception {
    // Small quotas, so that the threads spend their time where one gives back what another wants.
    for (int round = 0; round < 2_000; round++) {
      int limit = 1 + round % 5;
      SlidingWindow window = window(limit, 0);
      AtomicInteger passed = new AtomicInteger();
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Future<?>> takers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        takers.add(
            pool.submit(() -> {
              start.await();
              for (int n = 0; n < 200; n++) {
                if (window.take(n) == 0) {
                  passed.incrementAndGet();
                }
              }
              return null;
            }));
      }
      for (Future<?> taker : takers) {
        taker.get();
      }
      assertThat(passed.get()).as("round %d", round).isEqualTo(limit);
    }
  }
}
