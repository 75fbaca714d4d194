package dev.aegis.bench.load;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.server.CpuProfile;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// One run of the load generator: connect, warm up, measure, wait until everything has arrived, add
/// up. Use once.
public final class LoadRun {
  /// What is done to the broker in the middle of the measured interval.
  public interface Disturbance {
    void happen() throws IOException, InterruptedException;
  }

  /// How long nothing may move before what is missing counts as lost.
  private static final long DRAIN_IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long DRAIN_NANOS = TimeUnit.MINUTES.toNanos(2);
  private static final long POLL_MILLIS = 20;

  /// Under the schedule, before it is measured.
  private static final double SETTLING_SECONDS = 3;

  private final LoadPlan plan;
  private final Broker broker;
  private final PrintWriter progress;
  private final int run = ThreadLocalRandom.current().nextInt();
  private final Ledger ledger;
  private final Measurements measurements;
  private final List<SenderLane> lanes = new ArrayList<>();
  private final List<Map<String, Object>> series = new ArrayList<>();

  /// Of the seconds in `series`.
  private final List<Double> rates = new ArrayList<>();

  /// The state of everything at one end of the measured interval.
  private record Mark(long nanos, long arrivals, long receipts, ServerUsage usage) {
    double secondsSince(Mark before) {
      return (nanos - before.nanos) / 1e9;
    }
  }

  public LoadRun(LoadPlan plan, Broker broker, PrintWriter progress) {
    this.plan = plan;
    this.broker = broker;
    this.progress = progress;
    this.ledger =
        new Ledger(
            plan.senders() * plan.schedules().size(),
            plan.receivers(),
            plan.guarantee().isDurable());
    this.measurements = new Measurements(plan.mix().classes());
  }

  /// @param profiles where recordings of gateway and client go, or null for none
  public Figures execute(@Nullable Path profiles) throws IOException, InterruptedException {
    return execute(profiles, null);
  }

  /// Messages go on being sent while the disturbance happens, which is part of what is measured.
  public Figures executeDisturbed(Disturbance disturbance)
      throws IOException, InterruptedException {
    return execute(null, disturbance);
  }

  private Figures execute(@Nullable Path profiles, @Nullable Disturbance disturbance)
      throws IOException, InterruptedException {
    String name = "bench-" + Integer.toHexString(run);
    Map<String, Long> refusedBefore = broker.refusals();
    try (Clients clients = broker.clients(name, plan.guarantee(), plan.clientThreads())) {
      clients.prepareReceivers(plan.receivers());
      int present = plan.presentReceivers();
      clients.connectReceivers(0, present, this::arrived);
      clients.prepareIdle(plan.idle());
      clients.connectIdle(0, plan.idle());
      Drivers drivers = drivers(clients);
      say("%d senders and %d receivers are connected".formatted(lanes.size(), present));
      drivers.start();
      List<Map<String, Object>> profile = new ArrayList<>();
      Mark begin;
      Mark end;
      Map<String, Double> work;
      Map<String, Long> threads;
      try {
        watch("warm-up", plan.warmupSeconds(), false);
        drivers.endWarmup();
        if (plan.openLoop() && plan.warmupSeconds() > 0) {
          watch("settling", SETTLING_SECONDS, false);
        }
        List<CpuProfile> recordings = record(profiles);
        Map<String, Double> workBefore = broker.work();
        Map<String, Long> threadsBefore = broker.cpuMicrosByThread();
        begin = mark();
        measurements.begin(begin.nanos);
        if (disturbance == null) {
          watch("measured", plan.seconds(), true);
        } else {
          watch("before", plan.seconds() / 2, true);
          disturbance.happen();
          watch("after", plan.seconds() / 2, true);
        }
        end = mark();
        threads = more(broker.cpuMicrosByThread(), threadsBefore);
        work = difference(broker.work(), workBefore);
        measurements.end(end.nanos);
        for (CpuProfile recording : recordings) {
          profile.add(recording.stop());
        }
      } finally {
        drivers.stop();
      }
      clients.connectReceivers(present, plan.receivers(), this::arrived);
      double drainSeconds = drain();
      Map<String, Long> refusals = more(broker.refusals(), refusedBefore);
      Halves halves = Halves.of(rates);
      if (disturbance == null && halves.areApart()) {
        say(
            "NOT SETTLED: %,.0f msg/s in the first half and %,.0f in the second; a longer --warmup or a quieter machine is needed"
                .formatted(halves.first(), halves.second()));
      }
      Figures figures = figures(begin, end, work, threads, drivers, drainSeconds, refusals, halves);
      if (!profile.isEmpty()) {
        figures.put("gatewayProfile", profile.getFirst()).put("clientProfile", profile.getLast());
      }
      return figures;
    }
  }

  private Drivers drivers(Clients clients) throws IOException, InterruptedException {
    Map<LoadPlan, Driver> drivers = new LinkedHashMap<>();
    for (LoadPlan schedule : plan.schedules()) {
      List<SenderLane> own = new ArrayList<>();
      Driver driver = new Driver(schedule, own, measurements);
      int from = lanes.size();
      for (Sender sender : clients.connectSenders(from, from + plan.senders())) {
        SenderLane lane =
            new SenderLane(
                from + own.size(), run, schedule, sender, ledger, measurements, driver::wake);
        own.add(lane);
      }
      lanes.addAll(own);
      drivers.put(schedule, driver);
    }
    return new Drivers(drivers);
  }

  private List<CpuProfile> record(@Nullable Path profiles)
      throws IOException, InterruptedException {
    if (profiles == null || broker.pid() == 0) {
      return List.of();
    }
    return CpuProfile.startBoth(broker.pid(), profiles);
  }

  private void arrived(int receiver, Priority priority, byte[] payload) {
    long now = System.nanoTime();
    Stamp stamp = Stamp.of(payload, run);
    if (stamp == null || stamp.sender() < 0 || stamp.sender() >= lanes.size()) {
      return;
    }
    Stream stream = ledger.stream(stamp.sender(), receiver);
    switch (stream.arrive(stamp.number(), priority)) {
      case SETTLED -> {
        measurements.arrived(receiver, priority, stamp.intendedNanos(), now);
        lanes.get(stamp.sender()).release();
      }
      case FIRST -> measurements.arrived(receiver, priority, stamp.intendedNanos(), now);
      case REPEATED, UNKNOWN -> {} // the ledger has counted it
    }
  }

  private Mark mark() throws IOException {
    ServerUsage usage = broker.usage();
    return new Mark(System.nanoTime(), measurements.arrivals(), measurements.receipts(), usage);
  }

  /// Lets time pass and tells every second how it goes.
  private void watch(String phase, double seconds, boolean keep)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + (long) (seconds * 1e9);
    Mark last = mark();
    measurements.sinceLast();
    for (int second = 1; System.nanoTime() < until; second++) {
      long left = until - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
      Mark now = mark();
      var latencies = measurements.sinceLast();
      double elapsed = now.secondsSince(last);
      double rate = (now.arrivals - last.arrivals) / elapsed;
      double gateway = cores(last, now, ServerUsage::gatewayCpuMicros);
      double database = cores(last, now, ServerUsage::databaseCpuMicros);
      double redis = cores(last, now, ServerUsage::redisCpuMicros);
      say(
          "%s %3d s  %,9.0f msg/s  p50 %s  p99 %s ms  server %.2f cores %,d MiB"
              .formatted(
                  phase,
                  second,
                  rate,
                  millis(latencies.getValueAtPercentile(50)),
                  millis(latencies.getValueAtPercentile(99)),
                  gateway + database + redis,
                  now.usage.serverRssBytes() >> 20));
      if (keep) {
        rates.add(rate);
        Map<String, Object> point = new LinkedHashMap<>();
        point.put("messagesPerSecond", Math.round(rate));
        point.put("p50Micros", latencies.getValueAtPercentile(50));
        point.put("p99Micros", latencies.getValueAtPercentile(99));
        point.put("gatewayCores", rounded(gateway));
        point.put("databaseCores", rounded(database));
        point.put("clientCores", rounded(cores(last, now, ServerUsage::clientCpuMicros)));
        point.put("gatewayRssBytes", now.usage.gatewayRssBytes());
        point.put("databaseRssBytes", now.usage.databaseRssBytes());
        point.put("clientRssBytes", now.usage.clientRssBytes());
        series.add(point);
      }
      last = now;
    }
  }

  private static double cores(Mark before, Mark now, ToLongFunction<ServerUsage> cpuMicros) {
    return (cpuMicros.applyAsLong(now.usage) - cpuMicros.applyAsLong(before.usage))
        / (now.secondsSince(before) * 1e6);
  }

  private static double rounded(double cores) {
    return Math.round(cores * 100) / 100.0;
  }

  private static String millis(long micros) {
    return "%.2f".formatted(micros / 1e3);
  }

  /// Waits until everything accepted has arrived, and for durable messages the sender knows that it
  /// was processed; or until nothing moves any more.
  private double drain() throws InterruptedException {
    long began = System.nanoTime();
    long movedAt = began;
    long moves = -1;
    while (true) {
      Ledger.Totals totals = ledger.totals();
      boolean processed =
          !plan.guarantee().isDurable()
              || !broker.tellsProcessed()
              || measurements.processedCount() >= totals.accepted();
      if (totals.missing() == 0 && totals.unanswered() == 0 && processed) {
        break;
      }
      long now = System.nanoTime();
      long seen = totals.arrived() + totals.accepted() + measurements.processedCount();
      if (seen != moves) {
        moves = seen;
        movedAt = now;
      }
      if (now - movedAt > DRAIN_IDLE_NANOS || now - began > DRAIN_NANOS) {
        say(
            "gave up waiting: %d missing, %d unanswered"
                .formatted(totals.missing(), totals.unanswered()));
        break;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private static Map<String, Double> difference(
      Map<String, Double> now, Map<String, Double> before) {
    Map<String, Double> difference = new LinkedHashMap<>();
    now.forEach((name, count) -> difference.put(name, count - before.getOrDefault(name, 0.0)));
    return difference;
  }

  private static Map<String, Long> more(Map<String, Long> now, Map<String, Long> before) {
    Map<String, Long> more = new LinkedHashMap<>();
    now.forEach((reason, count) -> more.put(reason, count - before.getOrDefault(reason, 0L)));
    more.values().removeIf(count -> count <= 0);
    return more;
  }

  private Figures figures(
      Mark begin,
      Mark end,
      Map<String, Double> work,
      Map<String, Long> threads,
      Drivers drivers,
      double drainSeconds,
      Map<String, Long> refusals,
      Halves halves) {
    return LoadFigures.of(
        plan,
        ledger.totals(),
        measurements,
        new LoadFigures.Interval(
            end.secondsSince(begin),
            end.arrivals - begin.arrivals,
            end.receipts - begin.receipts,
            begin.usage,
            end.usage,
            work,
            threads),
        new LoadFigures.Course(
            drivers.stalls(), drivers.latenessNanos(), drainSeconds, refusals, halves, series));
  }

  private void say(String line) {
    progress.println(line);
    progress.flush();
  }
}
