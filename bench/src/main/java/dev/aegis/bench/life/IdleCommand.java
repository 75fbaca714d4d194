package dev.aegis.bench.life;

import dev.aegis.bench.load.Fleet;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.bench.server.HeapUse;
import dev.aegis.bench.server.ServerJavaOptions;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.client.ClientOptions;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "idle",
    mixinStandardHelpOptions = true,
    description = {
      "Connects agents that do nothing: memory of each on the gateway, set-ups per second, processor"
          + " time of each set-up.",
      "",
      "Memory is read after a full collection, before and after. A hundred connections come first and"
          + " stay, so that code and pools are warm."
    })
public final class IdleCommand implements Callable<Integer> {
  private static final int WARM_CONNECTIONS = 100;
  private static final int SETTLE_SECONDS = 3;

  @Option(
      names = "--connections",
      defaultValue = "2000",
      description = "How many (default: ${DEFAULT-VALUE}).")
  int connections;

  @Option(
      names = "--client-threads",
      defaultValue = "1",
      description = "Event loops of the agents (default: ${DEFAULT-VALUE}).")
  int clientThreads;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (connections < 1 || connections > 100_000) {
      throw new ParameterException(
          spec.commandLine(), "--connections is " + connections + ", allowed are 1 to 100000");
    }
    Path home = Directories.temporary("idle");
    Figures figures;
    try (GatewayProcess gateway =
        GatewayProcess.start(
            home.resolve("data"), home.resolve("gateway.log"), serverJava.words())) {
      figures = measure(gateway);
    } finally {
      Directories.delete(home);
    }
    output.print(
        figures,
        new Table()
            .row("connections", figures.text("connections"))
            .row("resident memory each, bytes", figures.text("rssBytesPerConnection"))
            .row("heap each, bytes", figures.text("heapBytesPerConnection"))
            .row("set-ups per second", figures.text("setupsPerSecond"))
            .row("server CPU per set-up, µs", figures.text("serverCpuMicrosPerSetup"))
            .row("client CPU per set-up, µs", figures.text("clientCpuMicrosPerSetup"))
            .row("server memory with all, bytes", figures.text("serverRssBytes")));
    return 0;
  }

  private Figures measure(GatewayProcess gateway) throws IOException, InterruptedException {
    try (Fleet fleet =
        new Fleet(gateway.access(), "bench-idle", Guarantee.BEST_EFFORT, clientThreads, false)) {
      List<ClientOptions> agents = fleet.enrolIdle(WARM_CONNECTIONS + connections);
      fleet.connectIdle(agents.subList(0, WARM_CONNECTIONS));
      output.say(
          "%d warm connections, %d agents enrolled".formatted(WARM_CONNECTIONS, agents.size()));
      HeapUse heapBefore = HeapUse.afterCollection(gateway);
      ServerUsage before = ServerUsage.read(gateway.pid());
      long began = System.nanoTime();
      fleet.connectIdle(agents.subList(WARM_CONNECTIONS, agents.size()));
      double seconds = (System.nanoTime() - began) / 1e9;
      ServerUsage connected = ServerUsage.read(gateway.pid());
      output.say("%d connections after %.1f s".formatted(connections, seconds));
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS); // what follows a set-up: rows, pings
      HeapUse heapAfter = HeapUse.afterCollection(gateway);
      ServerUsage after = ServerUsage.read(gateway.pid());
      double count = connections;
      double gatewayCpu = connected.gatewayCpuMicros() - before.gatewayCpuMicros();
      double databaseCpu = connected.databaseCpuMicros() - before.databaseCpuMicros();
      return new Figures()
          .put("kind", "idle")
          .put("connections", connections)
          .number(
              "rssBytesPerConnection", (after.gatewayRssBytes() - before.gatewayRssBytes()) / count)
          .number(
              "heapBytesPerConnection", (heapAfter.usedBytes() - heapBefore.usedBytes()) / count)
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
