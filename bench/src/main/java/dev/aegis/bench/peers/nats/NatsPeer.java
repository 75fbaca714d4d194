package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// NATS in one of its configurations.
public enum NatsPeer implements Peer {
  CORE("nats", "NATS core; nothing is acknowledged"),
  JETSTREAM(
      "jetstream",
      "one stream in files, synced every two minutes (the default): the ack means written, not"
          + " synced; exactly-once by Nats-Msg-Id and confirmed acks"),
  JETSTREAM_SYNC(
      "jetstream-sync", "one stream in files with sync_interval: always; the ack means synced");

  private static final String PROGRAM = "nats-server";

  private final String label;
  private final String description;

  NatsPeer(String label, String description) {
    this.label = label;
    this.description = description;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Optional<String> absence() throws IOException, InterruptedException {
    Optional<Executable> program = Executable.find(PROGRAM);
    if (program.isEmpty()) {
      return Optional.of("not installed: apt-get install nats-server");
    }
    Executable.Version version = program.get().version("--version");
    return this == JETSTREAM_SYNC && !version.isAtLeast(2, 10)
        ? Optional.of("nats-server " + version + " knows no sync_interval, 2.10 and later do")
        : Optional.empty();
  }

  @Override
  public PeerServer start(Path home) throws IOException, InterruptedException {
    Executable program =
        Executable.find(PROGRAM).orElseThrow(() -> new IOException(PROGRAM + " is not installed"));
    return NatsServer.start(
        program,
        home,
        switch (this) {
          case CORE -> null;
          case JETSTREAM -> "";
          case JETSTREAM_SYNC -> "sync_interval: always";
        });
  }
}
