package dev.aegis.bench.peers.amqp;

import dev.aegis.bench.load.Clients;
import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.RunCertificate;
import dev.aegis.bench.peers.host.ServerProcess;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A running RabbitMQ with an Erlang port mapper of its own, all on the loopback address.
final class RabbitServer implements PeerServer {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";

  private static final String MACHINE = "beam.smp";

  private final ServerProcess portMapper;
  private final ServerProcess process;
  private final int port;

  private RabbitServer(ServerProcess portMapper, ServerProcess process, int port) {
    this.portMapper = portMapper;
    this.process = process;
    this.port = port;
  }

  static RabbitServer start(Executable program, Executable portMapper, Path home)
      throws IOException, InterruptedException {
    int port = ServerProcess.freePort();
    int mapperPort = ServerProcess.freePort();
    RunCertificate tls = RunCertificate.create(home);
    Path configuration = home.resolve("rabbitmq.conf");
    Files.writeString(configuration, configuration(port, tls));
    Path plugins = home.resolve("enabled_plugins");
    Files.writeString(plugins, "[].\n");
    ServerProcess mapper =
        ServerProcess.start(
            List.of(
                portMapper.path().toString(),
                "-port",
                Integer.toString(mapperPort),
                "-address",
                "127.0.0.1"),
            Map.of(),
            home.resolve("epmd.log"),
            mapperPort);
    boolean started = false;
    try {
      ServerProcess server =
          ServerProcess.start(
              List.of(program.path().toString()),
              environment(home, configuration, plugins, mapperPort),
              home.resolve("server.log"),
              port);
      started = true;
      return new RabbitServer(mapper, server, port);
    } finally {
      if (!started) {
        mapper.close();
      }
    }
  }

  private static String configuration(int port, RunCertificate tls) {
    return """
    listeners.tcp = none
    listeners.ssl.1 = 127.0.0.1:%d
    ssl_options.cacertfile = %s
    ssl_options.certfile = %s
    ssl_options.keyfile = %s
    ssl_options.verify = verify_none
    ssl_options.fail_if_no_peer_cert = false
    ssl_options.versions.1 = tlsv1.3
    default_user = %s
    default_pass = %s
    log.console = true
    log.file = false
    """
        .formatted(port, tls.certificate(), tls.certificate(), tls.key(), USER, PASSWORD);
  }

  /// Keeps it out of the system's directories and off the network.
  private static Map<String, String> environment(
      Path home, Path configuration, Path plugins, int mapperPort) throws IOException {
    return Map.ofEntries(
        Map.entry("HOME", home.toString()),
        Map.entry("RABBITMQ_NODENAME", "bench@localhost"),
        Map.entry("RABBITMQ_MNESIA_BASE", home.resolve("mnesia").toString()),
        Map.entry("RABBITMQ_LOG_BASE", home.resolve("log").toString()),
        Map.entry("RABBITMQ_CONFIG_FILE", configuration.toString()),
        Map.entry("RABBITMQ_ADVANCED_CONFIG_FILE", home.resolve("advanced.config").toString()),
        Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString()),
        Map.entry("RABBITMQ_CONF_ENV_FILE", home.resolve("none").toString()),
        Map.entry("RABBITMQ_DIST_PORT", Integer.toString(ServerProcess.freePort())),
        Map.entry(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"),
        Map.entry("ERL_EPMD_PORT", Integer.toString(mapperPort)),
        Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"));
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) throws IOException {
    return new RabbitClients(port, run, guarantee, threads);
  }

  /// The Erlang machine's, which a script has started and waits for.
  @Override
  public long pid() {
    return ProcessHandle.of(process.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .filter(child -> child.info().command().orElse("").endsWith(MACHINE))
        .mapToLong(ProcessHandle::pid)
        .findFirst()
        .orElse(process.pid());
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
    portMapper.close();
  }
}
