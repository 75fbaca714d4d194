package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinksTest {
  private static final long HOLD_MILLIS = 500;
  private static final int CONNECTIONS = 4;

  private final List<Socket> sockets = new ArrayList<>();
  private ServerSocket server;
  private Links links;
  private int port;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.ofLiteral("127.0.0.1"));
    links = new Links();
    port = links.to(server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    links.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  private Socket connect() throws IOException {
    Socket near = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
    sockets.add(near);
    sockets.add(server.accept());
    return near;
  }

  private static KillSchedule.Kill kill(long luck) {
    return new KillSchedule.Kill(0, Victim.AGENTS_CUT, 0, 0, HOLD_MILLIS, luck, false);
  }

  @Test
  void thereIsNothingToCutWhereNobodyIsConnected() {
    assertThat(links.cut(kill(1), 0)).isEmpty();
    assertThat(links.connectionsCut()).isEmpty();
  }

  @Test
  void everyWayOfCuttingComesAndTheSameLuckIsTheSameCut() throws IOException {
    Set<Cut> seen = EnumSet.noneOf(Cut.class);
    for (long luck = 0; seen.size() < Cut.values().length && luck < 100; luck++) {
      String first = cutFresh(luck);
      assertThat(cutFresh(luck)).isEqualTo(first);
      for (Cut cut : Cut.values()) {
        if (first.startsWith(cut.label())) {
          seen.add(cut);
        }
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(Cut.values());
    assertThat(links.connectionsCut().values()).allMatch(count -> count > 0);
  }

  /// Once as many connections are there as in every other call, and none is left behind.
  private String cutFresh(long luck) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      connect();
    }
    await().until(() -> links.open() == CONNECTIONS);
    String what = links.cut(kill(luck), 0).orElseThrow();
    links.mend();
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
    await().until(() -> links.open() == 0);
    return what;
  }

  @Test
  void aConnectionThatIsHeldIsLetGoWhenItsTimeIsOver() throws IOException {
    Socket near = connect();
    await().until(() -> links.open() == 1);
    long luck = luckOf(Cut.BLACK_HOLE);
    near.setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
    assertThat(links.cut(kill(luck), 0)).isPresent();
    assertThat(links.cut(kill(luck), 0)).as("while it is cut").isEmpty();
    links.tick(TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS) - 1);
    assertThat(links.open()).isOne();
    links.tick(TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS));
    await().until(() -> links.open() == 0);
    assertThatThrownBy(() -> near.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  private static long luckOf(Cut cut) {
    long luck = 0;
    while (Links.cutOf(luck) != cut) {
      luck++;
    }
    return luck;
  }
}
