package dev.aegis.bench.scaling;

import java.util.List;

/// Computes what scenarios need from what messages were measured to cost. Immutable.
final class Capacity {
  /// `network.max-connections`, unless configured.
  private static final double CONNECTIONS_OF_A_NODE = 100_000;

  /// `network.heartbeat`: an agent that is silent for twice that is asked, and answers; a call
  /// each.
  private static final double HEARTBEAT_SECONDS = 15;

  /// Half of the time that Redis remembers an agent for: then its node says it again.
  private static final double CLAIM_SECONDS = 1_800;

  private static final int MOST_NODES = 100_000;
  private static final double MICROS = 1e6;

  private final Hardware hardware;
  private final double connectionBytes;
  private final Kind bestEffort;
  private final Kind durable;
  private final double gatherSeconds;

  /// What messages of one guarantee cost.
  private record Kind(
      CostModel local,
      CostModel crossing,
      List<Point> localSlow,
      List<Point> localFast,
      List<Point> slow,
      List<Point> fast) {
    static Kind of(String name, Measured measured) {
      return new Kind(
          CostModel.of(measured.of(name, Measured.ALONE)),
          CostModel.of(measured.of(name, Measured.CLUSTER)),
          measured.slowest(name, Measured.ALONE),
          measured.saturated(name, Measured.ALONE),
          measured.slowest(name, Measured.CLUSTER),
          measured.saturated(name, Measured.CLUSTER));
    }

    double gatewayMicros(double crossingShare, boolean busy) {
      return (1 - crossingShare) * micros(Part.GATEWAY, busy ? localFast : localSlow)
          + crossingShare * micros(Part.GATEWAY, busy ? fast : slow);
    }

    private static double micros(Part part, List<Point> points) {
      return Measured.median(points, point -> point.micros(part));
    }

    double redisMicros(boolean busy) {
      return micros(Part.REDIS, busy ? fast : slow);
    }

    double work(String name) {
      return Measured.median(fast, point -> point.work(name));
    }

    double redisBytes() {
      return work("redisBytesIn") + work("redisBytesOut");
    }

    /// What comes from agents goes on to agents; only the first is counted.
    double agentBytes() {
      return 2 * work("agentBytesIn");
    }

    /// Requests that go with an entry: adding it, reading it, removing it.
    double requestsPerEntry() {
      return work("redisRequests") / work("redisEntries");
    }

    double databaseMicros() {
      return micros(Part.DATABASE, fast);
    }
  }

  Capacity(Measured measured, Hardware hardware) {
    this.hardware = hardware;
    this.connectionBytes = measured.connectionBytes();
    this.bestEffort = Kind.of(Measured.BEST_EFFORT, measured);
    this.durable = Kind.of(Measured.DURABLE, measured);
    this.gatherSeconds =
        Measured.median(measured.of(Measured.BEST_EFFORT, Measured.CLUSTER), Capacity::gather);
  }

  /// An entry takes what comes for its node while it is made and those before it are on their way:
  /// how long that is.
  private static double gather(Point point) {
    double messagesOfAnEntry = 1 / point.work("redisEntries");
    return Math.max(0, messagesOfAnEntry - 1) / point.figure("messagesPerSecond");
  }

  double gatherSeconds() {
    return gatherSeconds;
  }

  /// Messages a second that one gateway of many carries.
  ///
  /// @param stored whether they are at-least-once
  /// @param busy as in [Scenario]
  double nodeCarries(boolean stored, boolean busy) {
    return hardware.nodeMicros() / (stored ? durable : bestEffort).gatewayMicros(1, busy);
  }

  /// Messages a second that one shard of Redis carries, where as many share an entry as between two
  /// nodes.
  double shardCarries(boolean stored, boolean busy) {
    return hardware.shardMicros() / (stored ? durable : bestEffort).redisMicros(busy);
  }

  /// Durable messages a second that one PostgreSQL carries, by its processors.
  double ceilingByCpu() {
    return hardware.databaseMicros() / durable.databaseMicros();
  }

  /// The same by what it can log.
  double ceilingByLog() {
    return hardware.walBytes() / durable.work("walBytes");
  }

  /// With more nodes more messages cross, and fewer share an entry: as many as it takes until they
  /// carry it.
  Needs of(Scenario scenario) {
    int nodes = 2;
    Needs needs = of(scenario, nodes);
    while (needs.nodes() > nodes && nodes < MOST_NODES) {
      nodes = needs.nodes();
      needs = of(scenario, nodes);
    }
    return needs;
  }

  private Needs of(Scenario scenario, int nodes) {
    double crossing = 1 - 1.0 / nodes;
    double stored = scenario.messagesPerSecond() * scenario.durableShare();
    double passed = scenario.messagesPerSecond() - stored;
    boolean busy = scenario.busy();
    double gatewayMicros =
        passed * bestEffort.gatewayMicros(crossing, busy)
            + stored * durable.gatewayMicros(crossing, busy)
            + scenario.agents() / HEARTBEAT_SECONDS * bestEffort.local.of(Part.GATEWAY).shared();
    double ofAPair = crossing * scenario.messagesPerSecond() / (nodes * (nodes - 1.0));
    double messagesOfAnEntry = 1 + ofAPair * gatherSeconds;
    double found = busy ? 0 : finds(crossing * passed, nodes * scenario.agents());
    double requests =
        crossing
                * (passed * bestEffort.requestsPerEntry() + stored * durable.requestsPerEntry())
                / messagesOfAnEntry
            + scenario.agents() / CLAIM_SECONDS;
    Affine redis = bestEffort.crossing.of(Part.REDIS);
    double redisMicros =
        crossing * (passed * redis.own() + stored * durable.crossing.of(Part.REDIS).own())
            + found * redis.own() // many go together, so each is taken for a message
            + requests * redis.shared();
    double redisBytes =
        crossing * (passed * bestEffort.redisBytes() + stored * durable.redisBytes());
    double wal = stored * durable.work("walBytes");
    double bytes =
        passed * bestEffort.agentBytes() + stored * durable.agentBytes() + redisBytes + wal;
    double databaseMicros = stored * durable.databaseMicros();
    return new Needs(
        scenario,
        up(gatewayMicros / hardware.nodeMicros()),
        Double.isNaN(connectionBytes)
            ? 0
            : up(scenario.agents() * connectionBytes / hardware.nodeBytes()),
        up(bytes / 2 / hardware.networkBytes()), // half of it each way
        up(scenario.agents() / CONNECTIONS_OF_A_NODE),
        gatewayMicros / MICROS,
        requests + found,
        redisMicros / MICROS,
        redisBytes,
        Math.max(
            up(redisMicros / hardware.shardMicros()), up(redisBytes / 2 / hardware.networkBytes())),
        databaseMicros / MICROS,
        wal,
        Math.max(up(databaseMicros / hardware.databaseMicros()), up(wal / hardware.walBytes())));
  }

  /// A node asks where a recipient is, and remembers it for a second.
  ///
  /// @param pairs of a node and an agent: messages are spread over all of them
  private static double finds(double messagesPerSecond, double pairs) {
    return pairs == 0 ? 0 : messagesPerSecond / (1 + messagesPerSecond / pairs);
  }

  private static int up(double value) {
    return (int) Math.ceil(value - 1e-9);
  }
}
