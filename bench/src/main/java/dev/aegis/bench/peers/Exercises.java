package dev.aegis.bench.peers;

import dev.aegis.bench.compare.Subject.Measure;
import dev.aegis.bench.life.IdleRun;
import dev.aegis.bench.load.LoadPlan;
import dev.aegis.bench.load.LoadRun;
import dev.aegis.bench.load.PriorityMix;
import dev.aegis.bench.peers.amqp.RabbitPeer;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.mqtt.MosquittoPeer;
import dev.aegis.bench.peers.nats.NatsPeer;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.server.HeapUse;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The exercises of each workload: 256 B, eight senders to eight receivers where nothing else is
/// said.
final class Exercises {
  private static final int AGENTS = 8;
  private static final int BYTES = 256;
  private static final int WINDOW = 256;
  private static final int DURABLE_WINDOW = 512;
  private static final int CLIENT_THREADS = 1;
  private static final int AUDIENCE = 200;
  private static final List<Integer> RATES = List.of(2_000, 10_000);
  private static final List<Integer> CONNECTIONS = List.of(2_000, 10_000);
  private static final int WARM_CONNECTIONS = 2_000;
  private static final double KILLED_RATE = 2_000;
  private static final double AWAY = 0.25;
  private static final double OVERLOAD = 1.5;
  private static final double UNLOADED = 0.1;
  private static final String MIX = "critical:1,low:19";
  private static final String FLOOD = "low";

  private static final List<Peer> BEST_EFFORT =
      List.of(NatsPeer.CORE, MosquittoPeer.DEFAULT, RabbitPeer.RABBIT);
  private static final List<Peer> DURABLE =
      List.of(
          NatsPeer.JETSTREAM,
          NatsPeer.JETSTREAM_SYNC,
          MosquittoPeer.DEFAULT,
          MosquittoPeer.STORED,
          RabbitPeer.RABBIT);
  private static final List<Peer> EXACTLY_ONCE = List.of(NatsPeer.JETSTREAM, MosquittoPeer.DEFAULT);
  private static final List<Peer> PACED = List.of(NatsPeer.CORE, MosquittoPeer.DEFAULT);
  private static final List<Peer> PACED_DURABLE = List.of(NatsPeer.JETSTREAM, RabbitPeer.RABBIT);
  private static final List<Peer> IDLE = List.of(NatsPeer.CORE, MosquittoPeer.DEFAULT);
  private static final List<Peer> FAN_OUT = List.of(NatsPeer.CORE, MosquittoPeer.DEFAULT);
  private static final List<Peer> KILLED =
      List.of(NatsPeer.JETSTREAM, MosquittoPeer.DEFAULT, MosquittoPeer.STORED);

  private static final Measure RATE = new Measure("messagesPerSecond", "messages/s");
  private static final Measure P50 = new Measure("p50Micros", "p50, µs");
  private static final Measure P99 = new Measure("p99Micros", "p99, µs");
  private static final Measure SERVER_CPU =
      new Measure("serverCpuMicrosPerMessage", "server CPU a message, µs");
  private static final Measure LOST = new Measure("lost", "lost");
  private static final Measure DUPLICATES = new Measure("duplicates", "duplicated");

  private final double seconds;
  private final double warmupSeconds;
  private final PrintWriter progress;

  /// @param seconds how long each is measured
  /// @param warmupSeconds under load before that
  Exercises(double seconds, double warmupSeconds, PrintWriter progress) {
    this.seconds = seconds;
    this.warmupSeconds = warmupSeconds;
    this.progress = progress;
  }

  /// All peers there are, in the order of tables.
  static List<Peer> peers() {
    List<Peer> peers = new ArrayList<>();
    peers.addAll(List.of(NatsPeer.values()));
    peers.addAll(List.of(MosquittoPeer.values()));
    peers.addAll(List.of(RabbitPeer.values()));
    return peers;
  }

  List<Exercise> of(Workload workload) {
    return switch (workload) {
      case W1 -> List.of(saturated(workload, Guarantee.BEST_EFFORT, BEST_EFFORT));
      case W2 -> List.of(saturated(workload, Guarantee.AT_LEAST_ONCE, DURABLE));
      case W2X -> List.of(saturated(workload, Guarantee.EXACTLY_ONCE, EXACTLY_ONCE));
      case W3 -> paced();
      case W4 -> idle();
      case W5 -> List.of(fanOut());
      case W6 ->
          List.of(killed(Guarantee.AT_LEAST_ONCE, KILLED), killed(Guarantee.EXACTLY_ONCE, KILLED));
      case W7 -> List.of(overload());
    };
  }

  private Exercise saturated(Workload workload, Guarantee guarantee, List<Peer> peers) {
    return new Exercise(
        workload,
        guarantee.label() + ", 8 to 8",
        peers,
        List.of(RATE, P50, P99, SERVER_CPU, LOST, DUPLICATES),
        server -> load(server, plan(guarantee, 0, "normal", false)));
  }

  private List<Exercise> paced() {
    List<Exercise> exercises = new ArrayList<>();
    for (Guarantee guarantee : List.of(Guarantee.BEST_EFFORT, Guarantee.AT_LEAST_ONCE)) {
      for (int rate : RATES) {
        exercises.add(
            new Exercise(
                Workload.W3,
                "%s, %,d/s".formatted(guarantee.label(), rate),
                guarantee.isDurable() ? PACED_DURABLE : PACED,
                List.of(P50, P99, SERVER_CPU),
                server -> load(server, plan(guarantee, rate, "normal", false))));
      }
    }
    return exercises;
  }

  private List<Exercise> idle() {
    List<Exercise> exercises = new ArrayList<>();
    for (int connections : CONNECTIONS) {
      exercises.add(
          new Exercise(
              Workload.W4,
              "%,d connections".formatted(connections),
              IDLE,
              List.of(
                  new Measure("rssBytesPerConnection", "memory each, bytes"),
                  new Measure("setupsPerSecond", "set-ups/s"),
                  new Measure("serverCpuMicrosPerSetup", "server CPU a set-up, µs")),
              server ->
                  new IdleRun(
                          server,
                          connections,
                          WARM_CONNECTIONS,
                          CLIENT_THREADS,
                          heap(server),
                          progress::println)
                      .measure(null)));
    }
    return exercises;
  }

  /// What a gateway's JVM has not given back yet is no connection's.
  private static IdleRun.Heap heap(PeerServer server) {
    return server instanceof AegisServer
        ? () -> HeapUse.afterCollection(server.pid()).usedBytes()
        : IdleRun.Heap.NONE;
  }

  private Exercise fanOut() {
    LoadPlan plan =
        new LoadPlan(
            Guarantee.BEST_EFFORT,
            1,
            AUDIENCE,
            BYTES,
            seconds,
            warmupSeconds,
            0,
            WINDOW,
            false,
            PriorityMix.parse("normal"),
            AUDIENCE,
            0,
            0,
            CLIENT_THREADS);
    return new Exercise(
        Workload.W5,
        "1 to " + AUDIENCE,
        FAN_OUT,
        List.of(
            new Measure("messagesPerSecond", "deliveries/s"),
            new Measure("serverCpuMicrosPerMessage", "server CPU a delivery, µs"),
            LOST),
        server -> load(server, plan));
  }

  /// A quarter of the receivers is away and comes back at the end: what is accepted for them is
  /// nowhere but on the server when it is killed.
  private Exercise killed(Guarantee guarantee, List<Peer> peers) {
    LoadPlan plan =
        new LoadPlan(
            guarantee,
            AGENTS,
            AGENTS,
            BYTES,
            seconds,
            0, // a closed loop would fill the server with what nobody takes away
            KILLED_RATE,
            DURABLE_WINDOW,
            false,
            PriorityMix.parse("normal"),
            1,
            0,
            AWAY,
            CLIENT_THREADS);
    return new Exercise(
        Workload.W6,
        "%s, %,.0f/s".formatted(guarantee.label(), KILLED_RATE),
        peers,
        List.of(LOST, DUPLICATES),
        server -> new LoadRun(plan, server, progress).executeDisturbed(server::killAndRestart));
  }

  private Exercise overload() {
    return new Exercise(
        Workload.W7,
        MIX + " at 150 % of capacity",
        List.of(),
        List.of(
            new Measure("capacity", "capacity, messages/s"),
            new Measure("unloadedCriticalP99Micros", "critical unloaded, p99, µs"),
            new Measure("criticalP99Micros", "critical, p99, µs"),
            new Measure("criticalLatenessMicros", "of which the generator at worst, µs"),
            new Measure("lowP99Micros", "low, p99, µs"),
            new Measure("criticalP99Ratio", "critical, p99 to unloaded")),
        this::overload);
  }

  private Figures overload(PeerServer server) throws IOException, InterruptedException {
    Figures saturated = load(server, plan(Guarantee.AT_LEAST_ONCE, 0, FLOOD, false));
    double capacity = number(saturated, "messagesPerSecond");
    Figures unloaded = load(server, plan(Guarantee.AT_LEAST_ONCE, capacity * UNLOADED, MIX, true));
    Figures overloaded =
        load(server, plan(Guarantee.AT_LEAST_ONCE, capacity * OVERLOAD, MIX, true));
    double before = ofClass(unloaded, "critical");
    double after = ofClass(overloaded, "critical");
    return new Figures()
        .number("capacity", capacity)
        .number("unloadedCriticalP99Micros", before)
        .number("criticalP99Micros", after)
        .number(
            "criticalLatenessMicros", ofClass(overloaded, "critical", "generatorMaxLatenessMicros"))
        .number("lowP99Micros", ofClass(overloaded, "low"))
        .number("criticalP99Ratio", after / before)
        .put("unloaded", unloaded.values())
        .put("overloaded", overloaded.values());
  }

  private static double number(Figures figures, String name) {
    return figures.values().get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static double ofClass(Figures figures, String priority) {
    return ofClass(figures, priority, "p99Micros");
  }

  private static double ofClass(Figures figures, String priority, String name) {
    return figures.values().get("byPriority") instanceof Map<?, ?> classes
            && classes.get(priority) instanceof Map<?, ?> latencies
            && latencies.get(name) instanceof Number micros
        ? micros.doubleValue()
        : Double.NaN;
  }

  private LoadPlan plan(Guarantee guarantee, double rate, String mix, boolean sheds) {
    return new LoadPlan(
        guarantee,
        AGENTS,
        AGENTS,
        BYTES,
        seconds,
        warmupSeconds,
        rate,
        guarantee.isDurable() ? DURABLE_WINDOW : WINDOW,
        sheds,
        PriorityMix.parse(mix),
        1,
        0,
        0,
        CLIENT_THREADS);
  }

  private Figures load(PeerServer server, LoadPlan plan) throws IOException, InterruptedException {
    return new LoadRun(plan, server, progress).execute(null);
  }
}
