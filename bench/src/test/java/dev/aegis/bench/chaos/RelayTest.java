package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.bench.chaos.RelayedConnection.End;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RelayTest {
  private static final int PATIENCE_MILLIS = 20_000;

  /// Long enough for what is not held back to arrive.
  private static final int QUIET_MILLIS = 100;

  private ServerSocket server;
  private Relay relay;
  private Socket near;
  private Socket far;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.ofLiteral("127.0.0.1"));
    relay = Relay.to(server.getLocalPort());
    near = open();
    far = server.accept();
    far.setSoTimeout(PATIENCE_MILLIS);
    await().until(() -> relay.connections().size() == 1);
  }

  private Socket open() throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), relay.port());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    relay.close();
    server.close();
  }

  private RelayedConnection connection() {
    return relay.connections().getFirst();
  }

  private static void say(Socket from, String text) throws IOException {
    from.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void assertHears(Socket at, String text) throws IOException {
    assertThat(new String(at.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII))
        .isEqualTo(text);
  }

  private static void assertHearsNothing(Socket at) throws IOException {
    at.setSoTimeout(QUIET_MILLIS);
    assertThatThrownBy(() -> at.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    at.setSoTimeout(PATIENCE_MILLIS);
  }

  /// Not by a farewell, and not by patience either.
  private static void assertIsReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void passesBothDirectionsAndTheirEnds() throws IOException {
    say(near, "hello");
    assertHears(far, "hello");
    near.shutdownOutput();
    assertThat(far.getInputStream().read()).isEqualTo(-1);
    say(far, "still there");
    far.close();
    assertHears(near, "still there");
    assertThat(near.getInputStream().read()).isEqualTo(-1);
    await().until(() -> relay.connections().isEmpty());
  }

  @Test
  void anEndThatGoesWithoutAFarewellIsResetAtTheOther() throws IOException {
    far.setSoLinger(true, 0);
    far.close();
    assertIsReset(near);
    await().until(() -> relay.connections().isEmpty());
  }

  @Test
  void aResetTellsBoth() {
    assertThat(connection().begin(Cut.RESET, End.NEAR)).isTrue();
    assertIsReset(near);
    assertIsReset(far);
    await().until(() -> relay.connections().isEmpty());
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void aHalfOpenConnectionIsOneThatOnlyOneEndBelievesIn(End told) throws IOException {
    Socket knows = told == End.NEAR ? near : far;
    Socket believes = told == End.NEAR ? far : near;
    RelayedConnection connection = connection();
    connection.begin(Cut.HALF_OPEN, told);
    assertIsReset(knows);
    say(believes, "anybody?");
    assertHearsNothing(believes);
    connection.end(Cut.HALF_OPEN);
    assertIsReset(believes);
  }

  @Test
  void aBlackHoleSwallowsBothDirectionsAndIsAResetInTheEnd() throws IOException {
    RelayedConnection connection = connection();
    connection.begin(Cut.BLACK_HOLE, End.NEAR);
    say(near, "lost");
    say(far, "lost");
    assertHearsNothing(near);
    assertHearsNothing(far);
    assertThat(connection.begin(Cut.RESET, End.NEAR)).as("cut twice").isFalse();
    connection.end(Cut.BLACK_HOLE);
    assertIsReset(near);
    assertIsReset(far);
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void oneWayOnlyOneEndIsNotHeard(End unheard) throws IOException {
    Socket mute = unheard == End.NEAR ? near : far;
    Socket heard = unheard == End.NEAR ? far : near;
    RelayedConnection connection = connection();
    connection.begin(Cut.ONE_WAY, unheard);
    say(mute, "lost");
    say(heard, "arrives");
    assertHears(mute, "arrives");
    assertHearsNothing(heard);
    connection.end(Cut.ONE_WAY);
    assertIsReset(heard);
    assertIsReset(mute);
  }

  @Test
  void aStallOnlyTakesTime() throws IOException {
    RelayedConnection connection = connection();
    connection.begin(Cut.STALL, End.NEAR);
    say(near, "late ");
    say(near, "and in order");
    assertHearsNothing(far);
    connection.end(Cut.STALL);
    assertHears(far, "late and in order");
    say(far, "as before");
    assertHears(near, "as before");
  }

  @Test
  void anEndThatIsLostInAStallIsToldAfterwards() throws IOException {
    RelayedConnection connection = connection();
    connection.begin(Cut.STALL, End.NEAR);
    far.setSoLinger(true, 0);
    far.close();
    assertHearsNothing(near);
    connection.end(Cut.STALL);
    assertIsReset(near);
  }

  @Test
  void whileItIsSilentNothingPassesOverNewConnectionsEither() throws IOException {
    relay.silence(true);
    try (Socket second = open();
        Socket accepted = server.accept()) {
      await().until(() -> relay.connections().size() == 2);
      say(second, "lost");
      assertHearsNothing(accepted);
      relay.connections().getLast().end(Cut.BLACK_HOLE);
      assertIsReset(second);
    }
  }

  @Test
  void aConnectionToNobodyIsReset() throws IOException {
    server.close();
    try (Socket second = open()) {
      assertIsReset(second);
    }
  }
}
