package dev.aegis.bench.peers.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A messaging system in one configuration, that can be measured beside Aegis.
public interface Peer {
  /// Names it in options and tables.
  String label();

  /// How it is set up and what its acknowledgement means, in one sentence.
  String description();

  /// Why it cannot be measured here, for people; empty where it can.
  Optional<String> absence() throws IOException, InterruptedException;

  /// Starts a server and waits until clients can connect.
  ///
  /// @param home an empty directory for its files
  PeerServer start(Path home) throws IOException, InterruptedException;
}
