package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How sessions begin and end.
class SessionTest {
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void connectsToTheGatewayWhoseKeyItPinned() throws Exception {
    CompletableFuture<AegisClient> connecting = connecting(gateway.options("alice"));
    ScriptedSession session = gateway.next();
    assertThat(session.proof().agentId()).isEqualTo("alice");
    assertThat(session.proof().mailboxEpoch()).isZero();
    assertThat(session.proof().mailboxCursor()).isZero();
    assertThat(connecting).isNotDone();
    session.welcome(new Greeting());
    try (AegisClient client = connected(connecting)) {
      assertThat(client.agentId()).isEqualTo("alice");
      assertThat(client.ended()).isNotDone();
    }
    assertThat(session.closedWith()).isEqualTo(CloseCode.NORMAL.wire());
  }

  @Test
  void tellsAGatewayWithAnotherKeyNothing() throws Exception {
    ClientOptions options = gateway.options("alice");
    ClientOptions wrong =
        ClientOptions.of(
            options.url(),
            "alice",
            options.identity(),
            Identity.generate(new SecureRandom()).verifyingKey());
    assertThatThrownBy(() -> AegisClient.connect(wrong))
        .isInstanceOf(UntrustedGatewayException.class);
    ScriptedSession session = gateway.nextUpgrade();
    session.closedWith();
    assertThat(session.binaryMessages()).as("messages of the agent: M1 alone").isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void saysThatTheGatewayDidNotLetItIn() throws Exception {
    CompletableFuture<AegisClient> connecting = connecting(gateway.options("alice"));
    gateway.next().close(CloseCode.HANDSHAKE_FAILED);
    assertThatThrownBy(() -> connected(connecting))
        .cause()
        .isInstanceOfSatisfying(
            ConnectionClosedException.class,
            e -> assertThat(e.closeCode()).isEqualTo(CloseCode.HANDSHAKE_FAILED));
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void givesUpOnAGatewayThatDoesNotAnswer() {
    gateway.fallSilent();
    ClientOptions hasty =
        gateway.options("alice").withTimeouts(Duration.ofMillis(300), Duration.ofSeconds(1));
    assertThatThrownBy(() -> AegisClient.connect(hasty)).isInstanceOf(NotConnectedException.class);
  }

  @Test
  void saysWhyNobodyAnswers() throws Exception {
    ClientOptions options = gateway.options("alice").withReconnect(false);
    gateway.close();
    assertThatThrownBy(() -> AegisClient.connect(options))
        .isInstanceOf(NotConnectedException.class)
        .hasCauseInstanceOf(java.net.ConnectException.class);
  }

  @Test
  void refusesASessionThatDoesNotBeginWithAWelcome() throws Exception {
    CompletableFuture<AegisClient> connecting =
        connecting(gateway.options("alice").withReconnect(false));
    ScriptedSession session = gateway.next();
    session.send(new Control.Credit(1, 1));
    assertThat(session.closedWith()).isEqualTo(CloseCode.PROTOCOL_ERROR.wire());
    assertThatThrownBy(() -> connected(connecting))
        .hasCauseInstanceOf(ConnectionClosedException.class);
  }

  @Test
  void refusesAWelcomeThatIsNotAlone() throws Exception {
    CompletableFuture<AegisClient> connecting =
        connecting(gateway.options("alice").withReconnect(false));
    ScriptedSession session = gateway.next();
    session.send(new Greeting().welcome("alice"), new Control.Credit(1, 1));
    assertThat(session.closedWith()).isEqualTo(CloseCode.PROTOCOL_ERROR.wire());
    assertThatThrownBy(() -> connected(connecting))
        .hasCauseInstanceOf(ConnectionClosedException.class);
  }

  @Test
  void answersHeartbeatsAndOnlyQuestions() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().send(new Control.Heartbeat(41, true));
      assertThat(pair.session().untilHeartbeat(42)).isEmpty();
    }
  }

  @Test
  void closesOnARecordThatWasTamperedWith() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().tamper(new Control.Credit(1, 1));
      assertThat(pair.session().closedWith()).isEqualTo(CloseCode.BAD_RECORD.wire());
      gateway.welcomed();
    }
  }

  @Test
  void closesOnATextMessage() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().sendText("hello");
      assertThat(pair.session().closedWith()).isEqualTo(CloseCode.PROTOCOL_ERROR.wire());
      gateway.welcomed();
    }
  }

  @Test
  void closesOnGarbage() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().sendBytes(new byte[] {1, 2, 3});
      assertThat(pair.session().closedWith()).isEqualTo(CloseCode.BAD_RECORD.wire());
      gateway.welcomed();
    }
  }

  @Test
  void closesOnARecordLargerThanAny() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().sendBytes(new byte[3 << 20]);
      // What it has not read may reset the connection before the close frame is read here.
      assertThat(pair.session().closedWith())
          .isIn(CloseCode.RECORD_TOO_LARGE.wire(), ScriptedSession.NO_CLOSE_FRAME);
      gateway.welcomed();
    }
  }

  @Test
  void closesASessionWhoseGatewayIsSilentForThreeHeartbeats() throws Exception {
    CompletableFuture<AegisClient> connecting = connecting(gateway.options("alice"));
    ScriptedSession silent = gateway.next().welcome(new Greeting().withHeartbeat(50));
    assertThat(silent.closedWith()).isEqualTo(CloseCode.IDLE.wire());
    gateway.welcomed();
    connected(connecting).close();
  }

  /// Also one whose agent sends: such an agent gets no pings.
  @Test
  void asksASilentGatewayAndStaysWithOneThatAnswers() throws Exception {
    try (ScriptedGateway.Pair pair =
        gateway.connect(gateway.options("alice"), new Greeting().withHeartbeat(700))) {
      for (int i = 0; i < 2; i++) { // the second comes after four intervals
        Control.Heartbeat asked = pair.session().expect(Control.Heartbeat.class);
        assertThat(asked.answer()).isFalse();
        pair.session().send(new Control.Heartbeat(asked.number(), true));
      }
      assertThat(pair.session().untilHeartbeat(43)).isEmpty();
      assertThat(gateway.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TAKEN_OVER", "REVOKED"})
  void doesNotComeBackWhenItIsNotWanted(CloseCode code) throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      Sent open = pair.client().send(OutgoingMessage.text("bob", "task", "x"));
      pair.session().messages(1);
      pair.session().close(code);
      assertThat(pair.client().ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              ConnectionClosedException.class, e -> assertThat(e.closeCode()).isEqualTo(code));
      assertThatThrownBy(() -> open.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ConnectionClosedException.class);
      assertThatThrownBy(() -> pair.client().send(OutgoingMessage.text("bob", "task", "y")))
          .isInstanceOfSatisfying(
              ConnectionClosedException.class, e -> assertThat(e.closeCode()).isEqualTo(code));
    }
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void doesNotComeBackWhenToldNotTo() throws Exception {
    try (ScriptedGateway.Pair pair =
        gateway.connect(gateway.options("alice").withReconnect(false))) {
      pair.session().abort();
      assertThat(pair.client().ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(NotConnectedException.class);
    }
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void comesBackWhenAServerIsDone() throws Exception {
    try (ScriptedGateway.Pair pair = gateway.connect(gateway.options("alice"))) {
      pair.session().close(CloseCode.NORMAL);
      gateway.welcomed();
    }
  }

  @Test
  void aClosedClientTakesNothingMore() throws Exception {
    AegisClient client = gateway.connect(gateway.options("alice")).client();
    client.close();
    client.close();
    OutgoingMessage message = OutgoingMessage.text("bob", "task", "x");
    assertThatThrownBy(() -> client.send(message)).isInstanceOf(InvalidOperationException.class);
    assertThatThrownBy(() -> client.request(message)).isInstanceOf(InvalidOperationException.class);
    assertThat(client.ended()).isCompleted();
  }

  private static CompletableFuture<AegisClient> connecting(ClientOptions options) {
    return ScriptedGateway.connecting(options, _ -> {});
  }

  private static AegisClient connected(CompletableFuture<AegisClient> connecting) throws Exception {
    return connecting.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
