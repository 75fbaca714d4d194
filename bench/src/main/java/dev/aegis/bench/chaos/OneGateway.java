package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.gateway.config.DataDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A gateway with the database that it starts itself.
final class OneGateway implements Servers {
  private final Path data;
  private final Path log;
  private final int port;
  private final Supervised gateway;

  OneGateway(Path home, int port) {
    this.data = home.resolve("gateway");
    this.log = home.resolve("gateway.log");
    this.port = port;
    this.gateway =
        new Supervised(
            "gateway", _ -> GatewayProcess.launch(data, log, List.of(), port), System.nanoTime());
  }

  @Override
  public GatewayAccess begin() throws IOException, InterruptedException {
    gateway.tick(System.nanoTime());
    Process process = gateway.running();
    if (process == null) {
      throw new IOException("the gateway does not start, see " + log);
    }
    GatewayProcess.awaitReady(process, data, log);
    return GatewayAccess.of(data, null);
  }

  @Override
  public List<URI> urls() {
    return List.of(Ports.agents(port));
  }

  @Override
  public List<Supervised> gateways() {
    return List.of(gateway);
  }

  @Override
  public void tick(long nowNanos) {
    // all that there is belongs to the gateway
  }

  @Override
  public void hurry() {
    // all that there is belongs to the gateway
  }

  @Override
  public boolean kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    return switch (kill.victim()) {
      case GATEWAY -> gateway.kill(nowNanos, kill.downNanos());
      case DATABASE -> killDatabase();
      case SENDER, RECEIVER, GATEWAY_PAUSED, REDIS, REDIS_FLUSHED ->
          throw new IllegalArgumentException("not of a gateway alone: " + kill);
    };
  }

  /// Its own gateway starts it again. That of a gateway that is itself just starting is spared:
  /// such a gateway gives up, so most of the run would be starts.
  private boolean killDatabase() throws IOException {
    Process owner = gateway.running();
    if (owner == null || !Files.exists(DataDirectory.managementFile(data))) {
      return false;
    }
    boolean killed = Postmaster.kill(data.resolve("postgres"), owner.toHandle());
    if (killed) {
      gateway.excuse(DATABASE_NOT_AVAILABLE);
    }
    return killed;
  }

  @Override
  public void close() {
    // the gateway's database ends with it
  }
}
