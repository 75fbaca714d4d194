package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.gateway.config.DataDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A gateway with the database that it starts itself, and the way of agents to it.
final class OneGateway implements Servers {
  /// An agent notices soon that nothing arrives any more.
  static final Map<String, String> SETTINGS = Map.of("AEGIS_NETWORK_HEARTBEAT", "2s");

  private final Path data;
  private final Path log;
  private final URI url;
  private final Supervised gateway;
  private final Links agents = new Links();
  private final BackendCuts backends;

  OneGateway(Path home, int port) throws IOException {
    this.data = home.resolve("gateway");
    this.log = home.resolve("gateway.log");
    this.url = Ports.agents(agents.to(port));
    this.backends = new BackendCuts(data.resolve("postgres"));
    this.gateway =
        new Supervised(
            "gateway",
            _ -> GatewayProcess.launch(data, log, List.of(), port, SETTINGS),
            System.nanoTime());
  }

  @Override
  public GatewayAccess begin() throws IOException, InterruptedException {
    gateway.tick(System.nanoTime());
    Process process = gateway.running();
    if (process == null) {
      throw new IOException("the gateway does not start, see " + log);
    }
    GatewayProcess.awaitReady(process, data, log);
    return GatewayAccess.of(data, url);
  }

  @Override
  public List<URI> urls() {
    return List.of(url);
  }

  @Override
  public List<Supervised> gateways() {
    return List.of(gateway);
  }

  @Override
  public void tick(long nowNanos) throws IOException {
    agents.tick(nowNanos);
    backends.tick(nowNanos);
  }

  @Override
  public void hurry() throws IOException {
    agents.mend();
    backends.mend();
  }

  @Override
  public Optional<String> kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    return switch (kill.victim()) {
      case GATEWAY -> {
        backends.mend(); // the next gateway's database could not start beside what stands still
        yield gateway.kill(nowNanos, kill.downNanos())
            ? Optional.of(kill.away())
            : Optional.empty();
      }
      case DATABASE -> killDatabase();
      case AGENTS_CUT -> agents.cut(kill, nowNanos);
      case DATABASE_CUT -> cutDatabase(kill, nowNanos);
      case SENDER, RECEIVER, GATEWAY_PAUSED, REDIS, REDIS_FLUSHED, REDIS_FAILOVER, REDIS_CUT ->
          throw new IllegalArgumentException("not of a gateway alone: " + kill);
    };
  }

  @Override
  public Map<Cut, Long> connectionsCut() {
    return Links.sum(agents.connectionsCut(), backends.connectionsCut());
  }

  /// Its own gateway starts it again. That of a gateway that is itself just starting is spared:
  /// such a gateway gives up, so most of the run would be starts.
  private Optional<String> killDatabase() throws IOException {
    Process owner = ready();
    if (owner == null) {
      return Optional.empty();
    }
    backends.mend();
    if (!Postmaster.kill(data.resolve("postgres"), owner.toHandle())) {
      return Optional.empty();
    }
    gateway.excuse(DATABASE_NOT_AVAILABLE);
    return Optional.of("its server");
  }

  private Optional<String> cutDatabase(KillSchedule.Kill kill, long nowNanos) throws IOException {
    Process owner = ready();
    return owner == null ? Optional.empty() : backends.cut(kill, owner.toHandle(), nowNanos);
  }

  private @Nullable Process ready() {
    return Files.exists(DataDirectory.managementFile(data)) ? gateway.running() : null;
  }

  @Override
  public void close() {
    agents.close(); // the gateway's database ends with it
  }
}
