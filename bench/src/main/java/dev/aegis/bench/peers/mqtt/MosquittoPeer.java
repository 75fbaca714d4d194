package dev.aegis.bench.peers.mqtt;

import dev.aegis.bench.peers.host.Executable;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Mosquitto in one of its configurations.
public enum MosquittoPeer implements Peer {
  DEFAULT(
      "mosquitto",
      "persistence as Debian has it: in memory, a file every half hour and at the end; the ack means"
          + " taken into memory"),
  STORED(
      "mosquitto-stored",
      "autosave_on_changes, autosave_interval 1: all it holds is written anew, not synced, after"
          + " each change; the ack is written in the same turn of its loop");

  private static final String PROGRAM = "mosquitto";
  private static final String PASSWORDS = "mosquitto_passwd";

  private final String label;
  private final String description;

  MosquittoPeer(String label, String description) {
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
  public Optional<String> absence() {
    return Executable.find(PROGRAM).isPresent() && Executable.find(PASSWORDS).isPresent()
        ? Optional.empty()
        : Optional.of("not installed: apt-get install mosquitto");
  }

  @Override
  public PeerServer start(Path home) throws IOException, InterruptedException {
    return MosquittoServer.start(
        program(PROGRAM),
        program(PASSWORDS),
        home,
        switch (this) {
          case DEFAULT -> "";
          case STORED -> "autosave_on_changes true\nautosave_interval 1";
        });
  }

  private static Executable program(String name) throws IOException {
    return Executable.find(name).orElseThrow(() -> new IOException(name + " is not installed"));
  }
}
