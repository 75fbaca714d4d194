package dev.aegis.bench.life;

import dev.aegis.bench.load.Broker;
import dev.aegis.bench.load.Clients;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Connects clients that do nothing to any messaging system: memory of each on the server, set-ups
/// per second, processor time of each set-up. A hundred connections come first and stay, so that
/// code and pools are warm.
///
/// @param connections how many, beside those
/// @param heap of the server, read before and after
public record IdleRun(
    Broker broker, int connections, int clientThreads, Heap heap, Consumer<String> progress) {
  private static final int WARM_CONNECTIONS = 100;
  private static final int SETTLE_SECONDS = 3;

  /// The heap of a server that has one.
  public interface Heap {
    /// A server that collects no garbage, or not at a word from here.
    Heap NONE = () -> 0;

    /// What is used of it, after what is not used was given back.
    long usedBytes() throws IOException, InterruptedException;
  }

  public Figures measure() throws IOException, InterruptedException {
    try (Clients clients = broker.clients("bench-idle", Guarantee.BEST_EFFORT, clientThreads)) {
      int all = WARM_CONNECTIONS + connections;
      clients.prepareIdle(all);
      clients.connectIdle(0, WARM_CONNECTIONS);
      progress.accept(
          "%d warm connections, %d clients made known".formatted(WARM_CONNECTIONS, all));
      long heapBefore = heap.usedBytes();
      ServerUsage before = broker.usage();
      long began = System.nanoTime();
      clients.connectIdle(WARM_CONNECTIONS, all);
      double seconds = (System.nanoTime() - began) / 1e9;
      ServerUsage connected = broker.usage();
      progress.accept("%d connections after %.1f s".formatted(connections, seconds));
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS); // what follows a set-up: rows, pings
      long heapAfter = heap.usedBytes();
      ServerUsage after = broker.usage();
      double count = connections;
      double gatewayCpu = connected.gatewayCpuMicros() - before.gatewayCpuMicros();
      double databaseCpu = connected.databaseCpuMicros() - before.databaseCpuMicros();
      return new Figures()
          .put("kind", "idle")
          .put("connections", connections)
          .number(
              "rssBytesPerConnection", (after.gatewayRssBytes() - before.gatewayRssBytes()) / count)
          .number("heapBytesPerConnection", (heapAfter - heapBefore) / count)
          .number("setupsPerSecond", count / seconds)
          .number("serverCpuMicrosPerSetup", (gatewayCpu + databaseCpu) / count)
          .number("gatewayCpuMicrosPerSetup", gatewayCpu / count)
          .number("databaseCpuMicrosPerSetup", databaseCpu / count)
          .number(
              "clientCpuMicrosPerSetup",
              (connected.clientCpuMicros() - before.clientCpuMicros()) / count)
          .put("gatewayRssBytesBefore", before.gatewayRssBytes())
          .put("gatewayRssBytes", after.gatewayRssBytes())
          .put("serverRssBytes", after.serverRssBytes());
    }
  }
}
