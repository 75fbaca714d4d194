package dev.aegis.bench.peers.host;

import dev.aegis.bench.load.Clients;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// A peer's server in processes of its own. It tells neither what it refuses nor what was handled.
public final class StartedServer implements PeerServer {
  /// Makes the clients of a run.
  @FunctionalInterface
  public interface Connecting {
    Clients clients(String run, Guarantee guarantee, int threads) throws IOException;
  }

  private final ServerProcess process;
  private final ToLongFunction<ServerProcess> pid;
  private final List<ServerProcess> companions;
  private final Connecting connecting;

  public StartedServer(ServerProcess process, Connecting connecting) {
    this(process, ServerProcess::pid, List.of(), connecting);
  }

  /// @param pid finds the process that does the work
  /// @param companions what it needs beside, which stays when it is killed
  public StartedServer(
      ServerProcess process,
      ToLongFunction<ServerProcess> pid,
      List<ServerProcess> companions,
      Connecting connecting) {
    this.process = process;
    this.pid = pid;
    this.companions = List.copyOf(companions);
    this.connecting = connecting;
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) throws IOException {
    return connecting.clients(run, guarantee, threads);
  }

  @Override
  public long pid() {
    return pid.applyAsLong(process);
  }

  @Override
  public Map<String, Long> refusals() {
    return Map.of();
  }

  @Override
  public boolean tellsProcessed() {
    return false;
  }

  @Override
  public void killAndRestart() throws IOException, InterruptedException {
    process.kill();
    process.restart();
  }

  @Override
  public void close() {
    process.close();
    companions.forEach(ServerProcess::close);
  }
}
