package dev.aegis.bench.peers.amqp;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.RunCertificate;
import dev.aegis.bench.peers.host.ServerProcess;
import dev.aegis.bench.peers.host.StartedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts a RabbitMQ with an Erlang port mapper of its own, all on the loopback address.
final class RabbitServer {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";

  private static final String MACHINE = "beam.smp";

  private RabbitServer() {}

  static PeerServer start(Executable program, Executable portMapper, Path home)
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
      return new StartedServer(
          server,
          RabbitServer::machine,
          List.of(mapper),
          (run, guarantee, clientThreads) ->
              new RabbitClients(port, run, guarantee, clientThreads));
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

  /// The Erlang machine's, which a script has started and waits for.
  private static long machine(ServerProcess script) {
    return ProcessHandle.of(script.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .filter(child -> child.info().command().orElse("").endsWith(MACHINE))
        .mapToLong(ProcessHandle::pid)
        .findFirst()
        .orElse(script.pid());
  }
}
