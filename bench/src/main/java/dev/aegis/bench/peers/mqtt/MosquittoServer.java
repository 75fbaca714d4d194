package dev.aegis.bench.peers.mqtt;

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

/// A running mosquitto.
final class MosquittoServer implements PeerServer {
  private static final String SUBPROTOCOL = "mqtt";

  private final ServerProcess process;
  private final LinkTarget target;

  private MosquittoServer(ServerProcess process, LinkTarget target) {
    this.process = process;
    this.target = target;
  }

  /// @param persistence more lines of its configuration
  static MosquittoServer start(
      Executable program, Executable passwords, Path home, String persistence)
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
    return new MosquittoServer(process, LinkTarget.local(port, "/mqtt", SUBPROTOCOL));
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) {
    return new MqttClients(target, run, guarantee, threads);
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
