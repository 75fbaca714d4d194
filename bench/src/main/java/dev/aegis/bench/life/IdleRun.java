package dev.aegis.bench.life;

import dev.aegis.bench.load.Broker;
import dev.aegis.bench.load.Clients;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.server.CpuProfile;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Connects clients that do nothing to any messaging system: memory of each on the server, set-ups
/// per second, processor time of each set-up. Others come first and stay, so that code is compiled
/// and pools are filled, as they are in a server that has run for a while.
///
/// @param connections how many, beside those
/// @param warm how many come first
/// @param heap of the server, read before and after
public record IdleRun(
    Broker broker,
    int connections,
    int warm,
    int clientThreads,
    Heap heap,
    Consumer<String> progress) {
  private static final int SETTLE_SECONDS = 3;

  /// The heap of a server that has one.
  public interface Heap {
    /// A server that collects no garbage, or not at a word from here.
    Heap NONE = () -> 0;

    /// What is used of it, after what is not used was given back.
    long usedBytes() throws IOException, InterruptedException;
  }

  /// @param profiles where samples of the processor time of server and clients go, and their
  ///   summary into the figures
  public Figures measure(@Nullable Path profiles) throws IOException, InterruptedException {
    try (Clients clients = broker.clients("bench-idle", Guarantee.BEST_EFFORT, clientThreads)) {
      int all = warm + connections;
      clients.prepareIdle(all);
      clients.connectIdle(0, warm);
      progress.accept("%d warm connections, %d clients made known".formatted(warm, all));
      long heapBefore = heap.usedBytes();
      List<CpuProfile> recordings =
          profiles == null ? List.of() : CpuProfile.startBoth(broker.pid(), profiles);
      Map<String, Long> threadsBefore = broker.cpuMicrosByThread();
      ServerUsage before = broker.usage();
      long began = System.nanoTime();
      clients.connectIdle(warm, all);
      double seconds = (System.nanoTime() - began) / 1e9;
      ServerUsage connected = broker.usage();
      Map<String, Long> threads = broker.cpuMicrosByThread();
      List<Map<String, Object>> profile = new ArrayList<>();
      for (CpuProfile recording : recordings) {
        profile.add(recording.stop());
      }
      progress.accept("%d connections after %.1f s".formatted(connections, seconds));
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS); // what follows a set-up: rows, pings
      long heapAfter = heap.usedBytes();
      ServerUsage after = broker.usage();
      double count = connections;
      double gatewayCpu = connected.gatewayCpuMicros() - before.gatewayCpuMicros();
      double databaseCpu = connected.databaseCpuMicros() - before.databaseCpuMicros();
      Figures figures = new Figures();
      if (!profile.isEmpty()) {
        figures.put("gatewayProfile", profile.getFirst()).put("clientProfile", profile.getLast());
      }
      return figures
          .put("kind", "idle")
          .put("connections", connections)
          .put("warmConnections", warm)
          .number(
              "rssBytesPerConnection", (after.gatewayRssBytes() - before.gatewayRssBytes()) / count)
          .number("heapBytesPerConnection", (heapAfter - heapBefore) / count)
          .number("setupsPerSecond", count / seconds)
          .number("serverCpuMicrosPerSetup", (gatewayCpu + databaseCpu) / count)
          .number("gatewayCpuMicrosPerSetup", gatewayCpu / count)
          .put("gatewayCpuMicrosPerSetupByThread", each(threads, threadsBefore))
          .number("databaseCpuMicrosPerSetup", databaseCpu / count)
          .number(
              "clientCpuMicrosPerSetup",
              (connected.clientCpuMicros() - before.clientCpuMicros()) / count)
          .put("gatewayRssBytesBefore", before.gatewayRssBytes())
          .put("gatewayRssBytes", after.gatewayRssBytes())
          .put("serverRssBytes", after.serverRssBytes());
    }
  }

  private Map<String, Long> each(Map<String, Long> now, Map<String, Long> before) {
    Map<String, Long> each = new TreeMap<>();
    now.forEach((thread, micros) -> {
      long one = (micros - before.getOrDefault(thread, 0L)) / connections;
      if (one > 0) {
        each.put(thread, one);
      }
    });
    return each;
  }
}
