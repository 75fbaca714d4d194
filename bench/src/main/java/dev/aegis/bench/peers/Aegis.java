package dev.aegis.bench.peers;

import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Ours, on the embedded database, as `./aegis serve` runs it.
///
/// @param jvmOptions more options for the gateway's JVM
record Aegis(List<String> jvmOptions) implements Peer {
  static final String LABEL = "aegis";

  @Override
  public String label() {
    return LABEL;
  }

  @Override
  public String description() {
    return "signed and encrypted end to end inside TLS; the ack of a durable message means synced";
  }

  @Override
  public Optional<String> absence() {
    return Optional.empty();
  }

  @Override
  public PeerServer start(Path home) throws IOException, InterruptedException {
    return AegisServer.start(home, jvmOptions);
  }
}
