package dev.aegis.bench.peers;

import dev.aegis.bench.load.Clients;
import dev.aegis.bench.load.Gateway;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.ServerProcess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A gateway that can be killed and comes back where its agents look for it.
final class AegisServer implements PeerServer {
  private final Path home;
  private final List<String> jvmOptions;
  private final int port;
  private GatewayProcess process;

  private AegisServer(Path home, List<String> jvmOptions, int port, GatewayProcess process) {
    this.home = home;
    this.jvmOptions = jvmOptions;
    this.port = port;
    this.process = process;
  }

  static AegisServer start(Path home, List<String> jvmOptions)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    return new AegisServer(home, jvmOptions, port, launch(home, jvmOptions, port));
  }

  private static GatewayProcess launch(Path home, List<String> jvmOptions, int port)
      throws IOException, InterruptedException {
    return GatewayProcess.start(
        home.resolve("data"),
        home.resolve("gateway.log"),
        jvmOptions,
        port,
        GatewayProcess.UNHINDERED);
  }

  private Gateway gateway() throws IOException {
    return new Gateway(process.access(), process.pid(), false);
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) throws IOException {
    return gateway().clients(run, guarantee, threads);
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public Map<String, Double> work() throws IOException {
    return gateway().work();
  }

  @Override
  public Map<String, Long> refusals() throws IOException {
    return gateway().refusals();
  }

  @Override
  public boolean tellsProcessed() {
    return true;
  }

  @Override
  public void killAndRestart() throws IOException, InterruptedException {
    process.kill();
    process.close();
    process = launch(home, jvmOptions, port);
  }

  @Override
  public void close() {
    process.close();
  }
}
