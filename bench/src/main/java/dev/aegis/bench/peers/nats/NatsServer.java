package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.RunCertificate;
import dev.aegis.bench.peers.host.ServerProcess;
import dev.aegis.bench.peers.host.StartedServer;
import dev.aegis.bench.peers.wire.LinkTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Starts a nats-server.
final class NatsServer {
  /// Where streams are, in the server's directory.
  static final String STORE = "jetstream";

  private NatsServer() {}

  /// @param jetStream the settings of its block, null for none
  static PeerServer start(Executable program, Path home, @Nullable String jetStream)
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
    LinkTarget target = LinkTarget.local(port, "/", null);
    return new StartedServer(
        process,
        (run, guarantee, threads) ->
            guarantee.isDurable()
                ? new JetStreamClients(target, run, guarantee, threads)
                : new CoreClients(target, run, threads));
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
                .formatted(home.resolve(STORE), jetStream);
  }
}
