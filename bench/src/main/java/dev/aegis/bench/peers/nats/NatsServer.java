package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Clients;
import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.RunCertificate;
import dev.aegis.bench.peers.host.ServerProcess;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A running nats-server.
final class NatsServer implements PeerServer {
  private final ServerProcess process;
  private final LinkTarget target;

  private NatsServer(ServerProcess process, LinkTarget target) {
    this.process = process;
    this.target = target;
  }

  /// @param jetStream the settings of its block, null for none
  static NatsServer start(Executable program, Path home, @Nullable String jetStream)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    RunCertificate tls = RunCertificate.create(home);
    Path configuration = home.resolve("nats.conf");
    Files.writeString(configuration, configuration(port, tls, home, jetStream));
    ServerProcess process =
        ServerProcess.start(
            List.of(program.path().toString(), "--config", configuration.toString()),
            Map.of(),
            home.resolve("server.log"),
            port);
    return new NatsServer(process, LinkTarget.local(port, "/", null));
  }

  private static String configuration(
      int port, RunCertificate tls, Path home, @Nullable String jetStream) {
    String base =
        """
        listen: "127.0.0.1:-1"
        authorization { users: [ { user: "%s", password: "%s" } ] }
        websocket {
          listen: "127.0.0.1:%d"
          tls { cert_file: "%s", key_file: "%s" }
        }
        """
            .formatted(NatsSession.USER, NatsSession.PASSWORD, port, tls.certificate(), tls.key());
    return jetStream == null
        ? base
        : base
            + """
            jetstream {
              store_dir: "%s"
              max_file_store: 8GB
              %s
            }
            """
                .formatted(home.resolve("jetstream"), jetStream);
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) {
    return guarantee.isDurable()
        ? new JetStreamClients(target, run, guarantee, threads)
        : new CoreClients(target, run, threads);
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public Map<String, Long> refusals() {
    return Map.of(); // it does not tell
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
  }
}
