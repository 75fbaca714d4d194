package dev.aegis.bench.chaos;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Random;

/// Ports that gateways keep through all their lives.
final class Ports {
  /// Below the range that systems take the ports of outgoing connections from: while the gateway is
  /// away, nothing else gets its port by chance.
  private static final int FIRST = 20_000;

  private static final int COUNT = 12_000;

  private Ports() {}

  /// One that nobody listens on.
  static int free(Random random) throws IOException {
    int port = 0;
    while (port == 0) {
      port = FIRST + random.nextInt(COUNT);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (BindException _) {
        port = 0; // somebody else's
      }
    }
    return port;
  }

  /// Where agents connect to a gateway on this machine.
  static URI agents(int port) {
    return URI.create("wss://localhost:" + port + "/ws/agent");
  }
}
