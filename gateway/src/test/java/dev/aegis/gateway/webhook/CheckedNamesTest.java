package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class CheckedNamesTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final InetAddress FOUND = InetAddress.ofLiteral("127.0.0.1");
  private static final AddressRules RULES = new AddressRules(AddressRange.parseAll("127.0.0.1"));

  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger lookUps = new AtomicInteger();

  @Test
  void whatFindsNoFreeThreadWaitsForOne() throws Exception {
    try (CheckedNames names = names(LONG);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<InetAddress[]>> found = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String host = "h" + i + ".example";
        found.add(callers.submit(() -> resolve(names, host)));
      }
      Awaitility.await().atMost(LONG).until(() -> names.queued() == 92);
      assertThat(lookUps).hasValue(8);
      end.countDown();
      for (Future<InetAddress[]> each : found) {
        assertThat(each.get()).containsExactly(FOUND);
      }
    }
  }

  @Test
  void aNameIsLookedUpOnceForAllWhoAsk() throws Exception {
    try (CheckedNames names = names(LONG);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<InetAddress[]>> found = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        found.add(callers.submit(() -> resolve(names, "same.example")));
      }
      Awaitility.await().atMost(LONG).until(() -> names.asking() == 100);
      assertThat(names.queued()).isZero();
      end.countDown();
      for (Future<InetAddress[]> each : found) {
        assertThat(each.get()).containsExactly(FOUND);
      }
    }
    assertThat(lookUps).hasValue(1);
  }

  @Test
  void whoseTurnDoesNotComeIsToldSoAndWaitsNoLonger() throws Exception {
    try (CheckedNames names = names(Duration.ofMillis(200));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<InetAddress[]>> held = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String host = "h" + i + ".example";
        held.add(callers.submit(() -> resolve(names, host)));
      }
      Awaitility.await().atMost(LONG).until(() -> lookUps.get() == 8);
      assertThatThrownBy(() -> resolve(names, "late.example")).isInstanceOf(NoRoomException.class);
      assertThat(names.queued()).isZero();
      for (Future<InetAddress[]> each : held) { // these had their turn
        assertThatThrownBy(each::get)
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOf(UnknownHostException.class)
            .isNotInstanceOf(NoRoomException.class);
      }
      end.countDown();
    }
    assertThat(lookUps).as("nobody waited for the other").hasValue(8);
  }

  @Test
  void namesThatHangHoldUpTheirOwnOrganizationOnly() throws Exception {
    try (CheckedNames names =
            new CheckedNames(
                RULES,
                host -> {
                  if (!host.equals("quick.example")) {
                    lookUps.incrementAndGet();
                    await(end);
                  }
                  return new InetAddress[] {FOUND};
                },
                LONG);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<InetAddress[]>> hanging = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String host = "h" + i + ".example";
        hanging.add(callers.submit(() -> resolve(names, host)));
      }
      hanging.add(callers.submit(() -> resolve(names, "quick.example")));
      Awaitility.await().atMost(LONG).until(() -> names.queued() == 193);
      assertThat(resolve(names, "other", "quick.example")).containsExactly(FOUND);
      assertThat(lookUps).hasValue(8);
      end.countDown();
      for (Future<InetAddress[]> each : hanging) {
        assertThat(each.get()).containsExactly(FOUND);
      }
    }
  }

  private static InetAddress[] resolve(CheckedNames names, String host) throws Exception {
    return resolve(names, "one", host);
  }

  private static InetAddress[] resolve(CheckedNames names, String organization, String host)
      throws Exception {
    return ScopedValue.where(CheckedNames.ORGANIZATION, organization)
        .call(() -> names.resolve(host));
  }

  private CheckedNames names(Duration longest) {
    return new CheckedNames(
        RULES,
        _ -> {
          lookUps.incrementAndGet();
          await(end);
          return new InetAddress[] {FOUND};
        },
        longest);
  }

  static void await(CountDownLatch latch) {
    try {
      if (!latch.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("in vain");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
