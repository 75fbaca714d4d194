package dev.aegis.bench.peers.host;

import dev.aegis.bench.load.Broker;
import java.io.IOException;

/// A server started to be measured. It is stopped with this object, and with this JVM.
public interface PeerServer extends Broker, AutoCloseable {
  /// Kills it as `kill -9` does, starts it again on the same files and the same port, and waits
  /// until clients can connect.
  void killAndRestart() throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
