package dev.aegis.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.admission.RateLimiter.Sender;
import dev.aegis.protocol.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Nodes that tell each other what was used.
class SharedUsageTest {
  private static final long SECOND = 1_000_000_000;
  private static final Rate PLENTY = new Rate(1_000_000, 1_000_000);
  private static final Rates TEN_A_SECOND = new Rates(new Rate(10, 32), PLENTY, PLENTY);

  private final List<SharedUsage> nodes = new ArrayList<>();
  private long now = 5;

  private void nodes(Rates rates, int count) {
    for (int i = 0; i < count; i++) {
      nodes.add(new SharedUsage(rates, 100));
    }
  }

  @Test
  void whatWasUsedAtOneNodeIsGoneAtTheOthers() {
    nodes(TEN_A_SECOND, 3);
    assertThat(passes(0)).isEqualTo(32);
    exchange();
    assertThat(passes(1)).isZero();
    assertThat(passes(2)).isZero();
    now += SECOND;
    assertThat(passes(1)).isEqualTo(10);
    exchange();
    assertThat(passes(0)).isZero();
  }

  @Test
  void whatPassesBeyondTheLimitBeforeItIsToldIsPaidBack() {
    nodes(TEN_A_SECOND, 3);
    int passed = passes(0) + passes(1) + passes(2);
    assertThat(passed).as("each its whole burst, once").isEqualTo(96);
    exchange();
    for (int i = 0; i < 20; i++) {
      now += SECOND;
      passed += passes(i % 3);
      exchange();
    }
    assertThat(passed).as("burst + rate * time").isEqualTo(32 + 20 * 10);
  }

  @Test
  void overTimeTheLimitIsOneHoweverTheNodesAreUsed() {
    nodes(TEN_A_SECOND, 3);
    Random random = new Random(5);
    int passed = 0;
    for (int i = 0; i < 10_000; i++) {
      now += SECOND / 100;
      passed += take(random.nextInt(3)) ? 1 : 0;
      if (i % 10 == 0) {
        exchange();
      }
    }
    int step = 32 / MeteredBucket.STEPS;
    assertThat(passed).isBetween(1_000, 32 + 1_000 + 3 * step);
  }

  @Test
  void aTypeHasOneRateToo() {
    nodes(new Rates(PLENTY, PLENTY, PLENTY, Map.of("rare", new Rate(1, 4)), null), 2);
    assertThat(passes(0, "rare", Priority.NORMAL)).isEqualTo(4);
    exchange();
    assertThat(passes(1, "rare", Priority.NORMAL)).isZero();
    assertThat(take(1)).isTrue();
  }

  @Test
  void urgentMessagesHaveOneCeilingToo() {
    nodes(new Rates(PLENTY, PLENTY, new Rate(1, 4)), 2);
    assertThat(passes(0, "t", Priority.CRITICAL)).isEqualTo(4);
    exchange();
    assertThat(passes(1, "t", Priority.HIGH)).isZero();
  }

  @Test
  void aQuotaIsOneForAllNodes() {
    nodes(new Rates(PLENTY, PLENTY, PLENTY).withQuota(new Quota(64, Duration.ofHours(1))), 2);
    for (int i = 0; i < 32; i++) {
      assertThat(take(0)).isTrue();
      assertThat(take(1)).isTrue();
      exchange();
    }
    assertThat(take(0)).isFalse();
    assertThat(take(1)).isFalse();
    now += 2 * 3_600 * SECOND;
    assertThat(take(1)).isTrue();
  }

  @Test
  void whatIsLostIsMadeUpForByTheNextAndWhatComesTwiceChangesNothing() {
    nodes(TEN_A_SECOND, 2);
    for (int i = 0; i < 8; i++) {
      assertThat(take(0)).isTrue();
    }
    exchange(); // the other knows of it from the start
    for (int i = 0; i < 8; i++) {
      assertThat(take(0)).isTrue();
    }
    nodes.getFirst().news(100); // lost
    for (int i = 0; i < 16; i++) {
      assertThat(take(0)).isTrue();
    }
    List<Usage.Taken> news = nodes.getFirst().news(100);
    nodes.get(1).took(0, news, now);
    nodes.get(1).took(0, news, now);
    assertThat(passes(1)).isZero();
    now += SECOND;
    assertThat(passes(1)).isEqualTo(10);
  }

  @Test
  void whatCouldNotBeToldIsToldLater() {
    nodes(TEN_A_SECOND, 2);
    assertThat(take(0)).isTrue();
    assertThat(take(0)).isTrue();
    exchange();
    assertThat(passes(0)).isEqualTo(30);
    List<Usage.Taken> news = nodes.getFirst().news(100);
    nodes.getFirst().untold(news);
    exchange();
    assertThat(passes(1)).isZero();
  }

  @Test
  void aNodeThatStartsLearnsWhatTheOthersKnow() {
    Rates rates = TEN_A_SECOND.withQuota(new Quota(64, Duration.ofHours(1)));
    nodes(rates, 2);
    assertThat(passes(0)).isEqualTo(32);
    exchange();
    now += 4 * SECOND;
    assertThat(passes(1)).isEqualTo(32);
    exchange();
    now += 4 * SECOND;
    nodes.add(new SharedUsage(rates, 100));
    assertThat(take(2)).as("before anybody was asked").isTrue();
    exchange();
    assertThat(passes(2)).as("two nodes know the same 64").isZero();
    now += 3_600 * SECOND + 3_600 * SECOND / SlidingWindow.SLOTS + 5 * SECOND;
    assertThat(passes(2)).as("slots age at the new node as at the others").isEqualTo(32);
  }

  @Test
  void whoComesToAllNodesHasItsShareAtEachWhileTheyCannotHearEachOther() {
    Rates rates = TEN_A_SECOND.withQuota(new Quota(64, Duration.ofHours(1)));
    nodes(rates, 2);
    nodes.forEach(node -> node.divide(2));
    assertThat(passesAnywhere(0)).isEqualTo(16);
    assertThat(passesAnywhere(1)).isEqualTo(16);
    now += 10 * SECOND;
    assertThat(passesAnywhere(0)).isEqualTo(16);
    now += 10 * SECOND;
    assertThat(passesAnywhere(0)).as("half of the quota").isZero();
    nodes.forEach(node -> node.divide(1));
    exchange();
    assertThat(passesAnywhere(0)).as("what nobody has used").isEqualTo(16);
  }

  @Test
  void aSessionHasItsWholeLimitWhileNodesCannotHearEachOther() {
    nodes(TEN_A_SECOND, 2);
    nodes.forEach(node -> node.divide(2));
    assertThat(passes(0)).isEqualTo(32);
  }

  @Test
  void aLimitSmallerThanTheClusterStillLetsSomethingPass() {
    nodes(new Rates(new Rate(1, 1), PLENTY, PLENTY), 3);
    nodes.forEach(node -> node.divide(3));
    assertThat(passesAnywhere(0)).isEqualTo(1);
    now += 2 * SECOND;
    assertThat(passesAnywhere(0)).isZero();
    now += SECOND;
    assertThat(passesAnywhere(0)).isEqualTo(1);
  }

  private void exchange() {
    for (int from = 0; from < nodes.size(); from++) {
      List<String> met = nodes.get(from).met(100);
      List<Usage.Taken> news = nodes.get(from).news(100);
      for (int to = 0; to < nodes.size(); to++) {
        if (to != from) {
          nodes.get(from).knows(to, nodes.get(to).known(met, now), now);
          nodes.get(to).took(from, news, now);
        }
      }
    }
  }

  private boolean take(int node) {
    return take(node, Sender.SESSION, "t", Priority.NORMAL);
  }

  private boolean take(int node, Sender sender, String type, Priority priority) {
    return nodes.get(node).limiter().take("alice", sender, type, priority, now) == null;
  }

  private int passes(int node) {
    return passes(node, "t", Priority.NORMAL);
  }

  private int passes(int node, String type, Priority priority) {
    int passed = 0;
    while (take(node, Sender.SESSION, type, priority)) {
      passed++;
    }
    return passed;
  }

  private int passesAnywhere(int node) {
    int passed = 0;
    while (take(node, Sender.ANYWHERE, "t", Priority.NORMAL)) {
      passed++;
    }
    return passed;
  }
}
