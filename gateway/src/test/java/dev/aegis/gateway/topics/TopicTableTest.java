package dev.aegis.gateway.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTableTest {
  private final List<String> told = new ArrayList<>();
  private final TopicTable table = new TopicTable(100_000, new Told());

  /// Notes what the other nodes would hear.
  private final class Told implements TopicFabric {
    @Override
    public CompletableFuture<?> heard(String organization) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public void subscribed(String organization, TopicPattern pattern) {
      told.add("+" + organization + ":" + pattern);
    }

    @Override
    public void unsubscribed(String organization, TopicPattern pattern) {
      told.add("-" + organization + ":" + pattern);
    }

    @Override
    public void joined(Subscription subscription) {
      told.add("+" + subscription.agent() + " in " + subscription.group());
    }

    @Override
    public void left(Subscription subscription) {
      told.add("-" + subscription.agent() + " in " + subscription.group());
    }

    @Override
    public void membersElsewhere(
        String organization, String topic, Consumer<MemberElsewhere> into) {}

    @Override
    public void published(
        String organization,
        RoutingHeader header,
        byte[] buffer,
        int offset,
        Map<String, Long> turns,
        boolean onlyTurns) {}
  }

  @Test
  void theFabricHearsOfMembersOfQueueGroupsOnly() throws Exception {
    Subscription member =
        new Subscription(
            new UUID(0, 1), "bob", "org", TopicPattern.parse("a"), TopicFilter.ALL, "g", false);
    add("org", "a");
    table.offer(member);
    table.remove(member);
    table.remove(member);

    assertThat(told).containsExactly("+org:a", "+bob in g", "-bob in g");
  }

  @Test
  void findsEachPatternThatMatches() throws Exception {
    Subscription exact = add("org", "task.created.eu");
    Subscription one = add("org", "task.*.eu");
    Subscription rest = add("org", "task.>");
    Subscription all = add("org", ">");
    add("org", "task.created");
    add("org", "task.created.us");
    add("org", "*");

    assertThat(matched("org", "task.created.eu")).containsExactlyInAnyOrder(exact, one, rest, all);
    assertThat(matched("org", "other")).hasSize(2).contains(all);
  }

  @Test
  void organizationsDoNotSeeEachOther() throws Exception {
    Subscription ours = add("org", ">");
    add("elsewhere", ">");

    assertThat(matched("org", "a.b")).containsExactly(ours);
    assertThat(matched("nowhere", "a.b")).isEmpty();
  }

  @Test
  void whatIsRemovedIsFoundNoMoreAndLeavesNothingBehind() throws Exception {
    Subscription first = add("org", "a.b.*");
    Subscription second = add("org", "a.b.*");
    table.remove(first);
    assertThat(matched("org", "a.b.c")).containsExactly(second);
    table.remove(first);
    assertThat(table.size()).isEqualTo(1);
    table.remove(second);
    assertThat(matched("org", "a.b.c")).isEmpty();
    assertThat(table.size()).isZero();
  }

  @Test
  void takesNoMoreThanItsBoundButWhatWasPromised() throws Exception {
    TopicTable small = new TopicTable(1, TopicFabric.NONE);
    assertThat(small.offer(subscription("org", "a"))).isTrue();
    assertThat(small.offer(subscription("org", "a"))).isFalse();
    small.restore(subscription("org", "a"));
    assertThat(small.size()).isEqualTo(2);
  }

  @Test
  void tellsOfTheFirstAndTheLastUnderAPattern() throws Exception {
    Subscription first = add("org", "a.*");
    Subscription second = add("org", "a.*");
    add("elsewhere", "a.*");
    table.remove(first);
    table.remove(second);

    assertThat(told).containsExactly("+org:a.*", "+elsewhere:a.*", "-org:a.*");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void findsWhatANaiveMatcherFinds(long seed) throws Exception {
    Random random = new Random(seed);
    List<Subscription> naive = new ArrayList<>();
    for (int step = 0; step < 3_000; step++) {
      if (naive.isEmpty() || random.nextInt(5) < 3) {
        naive.add(add("org", pattern(random)));
      } else {
        table.remove(naive.remove(random.nextInt(naive.size())));
      }
      if (step % 10 == 0) {
        String topic = topic(random);
        assertThat(matched("org", topic))
            .as(topic)
            .containsExactlyInAnyOrderElementsOf(
                naive.stream().filter(each -> each.pattern().matches(topic)).toList());
      }
    }
    assertThat(table.size()).isEqualTo(naive.size());
    naive.forEach(table::remove);
    assertThat(table.size()).isZero();
  }

  @Test
  void whoStaysIsFoundWhileOthersComeAndGo() throws Exception {
    Subscription stays = add("org", "a.*");
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch running = new CountDownLatch(2);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Random random = new Random(i);
      writers.add(
          Thread.ofPlatform()
              .start(() -> {
                running.countDown();
                while (!stop.get()) {
                  Subscription passing = unchecked(random.nextBoolean() ? "a.*" : "a.b.c");
                  table.offer(passing);
                  table.remove(passing);
                }
              }));
    }
    running.await();
    for (int i = 0; i < 50_000; i++) {
      assertThat(matched("org", "a.b")).contains(stays);
    }
    stop.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(table.size()).isEqualTo(1);
  }

  private Subscription add(String organization, String pattern) throws EnvelopeException {
    Subscription made = subscription(organization, pattern);
    assertThat(table.offer(made)).isTrue();
    return made;
  }

  private static Subscription unchecked(String pattern) {
    try {
      return subscription("org", pattern);
    } catch (EnvelopeException e) {
      throw new AssertionError(e);
    }
  }

  private static Subscription subscription(String organization, String pattern)
      throws EnvelopeException {
    return new Subscription(
        UUID.randomUUID(),
        "agent",
        organization,
        TopicPattern.parse(pattern),
        TopicFilter.ALL,
        null,
        false);
  }

  private List<Subscription> matched(String organization, String topic) {
    List<Subscription> found = new ArrayList<>();
    table.match(organization, topic, found::add);
    return found;
  }

  private static String pattern(Random random) {
    int tokens = 1 + random.nextInt(5);
    List<String> made = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      made.add(List.of("a", "b", "c", "*", ">").get(random.nextInt(i == tokens - 1 ? 5 : 4)));
    }
    return String.join(".", made);
  }

  private static String topic(Random random) {
    int tokens = 1 + random.nextInt(5);
    List<String> made = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      made.add(List.of("a", "b", "c").get(random.nextInt(3)));
    }
    return String.join(".", made);
  }
}
