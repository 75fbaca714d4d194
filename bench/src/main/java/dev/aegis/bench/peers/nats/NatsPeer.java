package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.peers.host.SyncedDirectory;
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
      "jetstream-sync",
      "one stream in files, the ack means synced: sync_interval: always, or before 2.10, which does"
          + " not know that, a directory in which the kernel syncs every write");

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
    return this == JETSTREAM_SYNC && !syncsItself(program.get())
        ? SyncedDirectory.absence()
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
          case JETSTREAM_SYNC -> synced(program, home);
        });
  }

  private static String synced(Executable program, Path home)
      throws IOException, InterruptedException {
    if (syncsItself(program)) {
      return "sync_interval: always";
    }
    SyncedDirectory.create(home.resolve(NatsServer.STORE));
    return "";
  }

  private static boolean syncsItself(Executable program) throws IOException, InterruptedException {
    return program.version("--version").isAtLeast(2, 10);
  }
}
