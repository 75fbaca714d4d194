package dev.aegis.bench.peers.mqtt;

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

/// Starts a mosquitto.
final class MosquittoServer {
  private static final String SUBPROTOCOL = "mqtt";

  private MosquittoServer() {}

  /// @param persistence more lines of its configuration
  static PeerServer start(Executable program, Executable passwords, Path home, String persistence)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    RunCertificate tls = RunCertificate.create(home);
    Path passwordFile = home.resolve("passwords");
    passwords.run("-c", "-b", passwordFile.toString(), MqttSession.USER, MqttSession.PASSWORD);
    Path configuration = home.resolve("mosquitto.conf");
    Files.writeString(
        configuration,
        """
        user %s
        per_listener_settings false
        allow_anonymous false
        password_file %s
        persistence true
        persistence_location %s/
        %s
        max_inflight_messages 0
        max_queued_messages 0
        set_tcp_nodelay true
        listener 0 %s
        listener %d 127.0.0.1
        socket_domain ipv4
        protocol websockets
        certfile %s
        keyfile %s
        tls_version tlsv1.3
        """
            .formatted(
                System.getProperty("user.name"),
                passwordFile,
                home,
                persistence,
                home.resolve("socket"), // with a WebSocket listener alone it does not start
                port,
                tls.certificate(),
                tls.key()));
    ServerProcess process =
        ServerProcess.start(
            List.of(program.path().toString(), "-c", configuration.toString()),
            Map.of(),
            home.resolve("server.log"),
            port);
    LinkTarget target = LinkTarget.local(port, "/mqtt", SUBPROTOCOL);
    return new StartedServer(
        process, (run, guarantee, threads) -> new MqttClients(target, run, guarantee, threads));
  }
}
