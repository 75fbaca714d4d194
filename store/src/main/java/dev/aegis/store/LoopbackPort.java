package dev.aegis.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/// A port of the loopback interface for a server that this JVM starts.
final class LoopbackPort {
  private LoopbackPort() {}

  /// Any free one.
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  /// The port in that file if it is free, so that tools find the server again; else any free one,
  /// which is written there.
  static int kept(Path file) throws IOException {
    if (Files.exists(file)) {
      String text = Files.readString(file).strip();
      if (text.matches("\\d{4,5}") && bindable(Integer.parseInt(text))) {
        return Integer.parseInt(text);
      }
    }
    int port = free();
    Files.writeString(file, Integer.toString(port));
    return port;
  }

  private static boolean bindable(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
