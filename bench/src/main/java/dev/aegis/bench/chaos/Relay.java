package dev.aegis.bench.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A way between two parties of a crash test: takes connections on a port of its own, and passes
/// each on to another port of this machine. Where nobody listens there, it is reset. Thread-safe.
final class Relay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int BACKLOG = 256;

  /// Only where it stands still does a port of this machine take so long.
  private static final int CONNECT_MILLIS = 2_000;

  private final ServerSocket listener;
  private final int target;
  private final List<RelayedConnection> connections = new ArrayList<>();
  private boolean silent;

  private Relay(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  /// A way to that port, whether somebody listens there yet or not.
  static Relay to(int target) throws IOException {
    ServerSocket listener = new ServerSocket(0, BACKLOG, LOOPBACK);
    Relay relay = new Relay(listener, target);
    Thread.ofPlatform().daemon().name("chaos-relay-" + target).start(relay::accept);
    return relay;
  }

  /// Where it takes connections.
  int port() {
    return listener.getLocalPort();
  }

  /// Those there are now, the oldest first.
  synchronized List<RelayedConnection> connections() {
    return List.copyOf(connections);
  }

  /// While it is silent, nothing passes over new connections either.
  synchronized void silence(boolean now) {
    silent = now;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        Thread.ofVirtual().start(() -> pass(near));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          LOG.warn("the way to port {} does not take connections", target, e);
          return;
        }
      }
    }
  }

  private void pass(Socket near) {
    Socket far = new Socket();
    RelayedConnection connection = new RelayedConnection(near, far);
    try {
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      far.connect(new InetSocketAddress(LOOPBACK, target), CONNECT_MILLIS);
    } catch (IOException e) {
      LOG.debug("nobody at port {}: {}", target, e.getMessage());
      connection.reset();
      return;
    }
    if (opened(connection)) {
      connection.run();
      closed(connection);
    }
  }

  private synchronized boolean opened(RelayedConnection connection) {
    if (listener.isClosed()) {
      connection.reset();
      return false;
    }
    if (silent) {
      connection.begin(Cut.BLACK_HOLE, RelayedConnection.End.NEAR);
    }
    connections.add(connection);
    return true;
  }

  private synchronized void closed(RelayedConnection connection) {
    connections.remove(connection);
  }

  @Override
  public synchronized void close() {
    try {
      listener.close();
    } catch (IOException e) {
      LOG.warn("the way to port {} cannot be closed", target, e);
    }
    connections.forEach(RelayedConnection::reset);
  }
}
