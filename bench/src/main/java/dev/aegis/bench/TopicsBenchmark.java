package dev.aegis.bench;

import dev.aegis.gateway.topics.Subscription;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.gateway.topics.TopicTable;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/// Finding the subscriptions of a topic of three tokens among many, of which one in eight has a
/// wildcard; two to four match. Baseline: a list that asks each pattern. `change` adds a
/// subscription and takes it out again.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TopicsBenchmark {
  private static final String ORGANIZATION = "org";
  private static final int TOPICS = 1_024;

  @Param({"100", "10000", "100000"})
  private int subscriptions;

  private final List<Subscription> all = new ArrayList<>();
  private final List<String> topics = new ArrayList<>();
  private final TopicTable table = new TopicTable(Integer.MAX_VALUE, TopicFabric.NONE);
  private int next;

  /// Fills both.
  @Setup
  public void fill() throws EnvelopeException {
    Random random = new Random(1);
    for (int i = 0; i < subscriptions; i++) {
      add(i % 8 == 0 ? wildcard(i) : topic(i));
    }
    add(">");
    for (int i = 0; i < TOPICS; i++) {
      topics.add(topic(random.nextInt(subscriptions)));
    }
  }

  private void add(String pattern) throws EnvelopeException {
    Subscription made =
        new Subscription(
            new UUID(0, all.size()),
            "agent-" + all.size(),
            ORGANIZATION,
            TopicPattern.parse(pattern),
            TopicFilter.ALL,
            null,
            false);
    all.add(made);
    table.offer(made);
  }

  private static String topic(int number) {
    return "area" + number % 100 + ".unit" + number / 100 + ".state";
  }

  private static String wildcard(int number) {
    return number % 16 == 0
        ? "area" + number % 100 + ".unit" + number / 100 + ".*"
        : "area" + number % 100 + ".unit" + number / 100 + ".>";
  }

  private String topic() {
    return topics.get(next++ & (TOPICS - 1));
  }

  @Benchmark
  public void match(Blackhole into) {
    table.match(ORGANIZATION, topic(), into::consume);
  }

  @Benchmark
  public void matchByAskingEach(Blackhole into) {
    String topic = topic();
    for (Subscription each : all) {
      if (each.pattern().matches(topic)) {
        into.consume(each);
      }
    }
  }

  @Benchmark
  public int change() {
    Subscription one = all.get(next++ % subscriptions);
    table.offer(one);
    table.remove(one);
    return table.size();
  }
}
