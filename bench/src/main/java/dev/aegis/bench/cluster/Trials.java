package dev.aegis.bench.cluster;

import dev.aegis.bench.compare.Subject;
import dev.aegis.bench.compare.Subject.Measure;
import dev.aegis.bench.load.LoadPlan;
import dev.aegis.bench.load.PriorityMix;
import dev.aegis.protocol.Guarantee;
import java.util.ArrayList;
import java.util.List;

/// What is measured of both.
///
/// @param pairs of a sender and a receiver
/// @param subscribers of the topic
/// @param bytes payload of a message
/// @param seconds how long each is measured
/// @param warmupSeconds under load before that
record Trials(int pairs, int subscribers, int bytes, double seconds, double warmupSeconds) {
  private static final int WINDOW = 256;
  private static final int DURABLE_WINDOW = 512;
  private static final int REST_WINDOW = 8;
  private static final int CLIENT_THREADS = 1;

  private static final List<Measure> EACH =
      List.of(
          new Measure("p50Micros", "p50, µs"),
          new Measure("p99Micros", "p99, µs"),
          new Measure("gatewayCpuMicrosPerMessage", "gateway CPU each, µs"),
          new Measure("databaseCpuMicrosPerMessage", "PostgreSQL CPU each, µs"),
          new Measure("redisCpuMicrosPerMessage", "Redis CPU each, µs"),
          new Measure("clientCpuMicrosPerMessage", "client CPU each, µs"),
          new Measure("lost", "lost"),
          new Measure("duplicates", "duplicated"));

  /// From every sender to a receiver of its own.
  ///
  /// @param rate messages a second, all senders together; 0 for as many as the windows allow
  Trial pairs(Guarantee guarantee, double rate) {
    int window = guarantee.isDurable() ? DURABLE_WINDOW : WINDOW;
    String title = rate == 0 ? "saturated" : "%,.0f/s".formatted(rate);
    return new Trial(
        subject(guarantee.label(), title, "messages/s"),
        plan(guarantee, pairs, pairs, rate, window, 1),
        Trial.Way.AGENTS);
  }

  /// From one publisher to the subscribers of a topic.
  Trial topic() {
    return new Trial(
        subject("topic", "1 to " + subscribers, "deliveries/s"),
        plan(Guarantee.BEST_EFFORT, 1, subscribers, 0, WINDOW, subscribers),
        Trial.Way.TOPIC);
  }

  /// From services over REST, at-least-once as it is without saying so, to agents.
  Trial rest() {
    return new Trial(
        subject("rest", "%d requests at once".formatted(pairs * REST_WINDOW), "messages/s"),
        plan(Guarantee.AT_LEAST_ONCE, pairs, pairs, 0, REST_WINDOW, 1),
        Trial.Way.REST);
  }

  private static Subject subject(String kind, String title, String rate) {
    List<Measure> measures = new ArrayList<>(List.of(new Measure("messagesPerSecond", rate)));
    measures.addAll(EACH);
    return new Subject(kind, kind, title, measures);
  }

  private LoadPlan plan(
      Guarantee guarantee, int senders, int receivers, double rate, int window, int fanOut) {
    return new LoadPlan(
        guarantee,
        senders,
        receivers,
        bytes,
        seconds,
        warmupSeconds,
        rate,
        window,
        false,
        PriorityMix.parse("normal"),
        fanOut,
        0,
        0,
        CLIENT_THREADS);
  }
}
