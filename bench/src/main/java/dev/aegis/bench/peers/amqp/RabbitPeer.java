package dev.aegis.bench.peers.amqp;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// RabbitMQ, over AMQP.
public enum RabbitPeer implements Peer {
  RABBIT;

  /// Debian's own start program, of this name, goes to the system's directories.
  private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");

  private static final String PORT_MAPPER = "epmd";

  @Override
  public String label() {
    return "rabbitmq";
  }

  @Override
  public String description() {
    return "AMQP over TLS; durable: quorum queues, the confirm means synced; best-effort: classic"
        + " queues in memory, nothing is acknowledged";
  }

  @Override
  public Optional<String> absence() {
    return PROGRAM.toFile().canExecute() && Executable.find(PORT_MAPPER).isPresent()
        ? Optional.empty()
        : Optional.of("not installed: apt-get install rabbitmq-server");
  }

  @Override
  public PeerServer start(Path home) throws IOException, InterruptedException {
    Executable portMapper =
        Executable.find(PORT_MAPPER)
            .orElseThrow(() -> new IOException(PORT_MAPPER + " is not installed"));
    return RabbitServer.start(new Executable(PROGRAM), portMapper, home);
  }
}
