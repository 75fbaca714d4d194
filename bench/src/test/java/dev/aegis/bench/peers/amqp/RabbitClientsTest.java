package dev.aegis.bench.peers.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RabbitClientsTest {
  private static final int TLS_HANDSHAKE = 22;

  @Test
  void beginTlsOnTheLoopsThatTheyShare() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RabbitClients clients =
            new RabbitClients(server.getLocalPort(), "test", Guarantee.BEST_EFFORT, 1)) {
      CompletableFuture<Integer> firstByte = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> hangUp(server, firstByte));
      assertThatThrownBy(() -> clients.prepareReceivers(1)).isInstanceOf(IOException.class);
      assertThat(firstByte.get(20, TimeUnit.SECONDS)).isEqualTo(TLS_HANDSHAKE);
    }
  }

  /// After the first byte.
  private static void hangUp(ServerSocket server, CompletableFuture<Integer> firstByte) {
    try (Socket socket = server.accept()) {
      firstByte.complete(socket.getInputStream().read());
    } catch (IOException e) {
      firstByte.completeExceptionally(e);
    }
  }
}
