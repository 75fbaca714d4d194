package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import dev.aegis.protocol.Control;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// How sessions are kept alive, and how they end: by the peer, by silence, by another login, by the
/// admin, by a drain.
class SessionLifeIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void aPingIsAnsweredAndAClosedPeerIsToldSo() throws Exception {
    try (RawAgent agent = edge.connected("known-l")) {
      agent.connection().frame(RawConnection.PING, new byte[] {7});
      RawConnection.Frame pong = agent.connection().read();
      assertThat(pong.opcode()).isEqualTo(RawConnection.PONG);
      assertThat(pong.payload()).containsExactly(7);
      agent.connection().frame(RawConnection.CLOSE, new byte[] {3, (byte) 0xe8});
      assertThat(agent.connection().closeCode()).isEqualTo(1000);
    }
  }

  @Test
  void theHandshakeSaysThatSigningIsRequired() throws Exception {
    try (RawAgent agent = edge.connected("known-s")) {
      assertThat(agent.policySaysSigning()).isTrue();
    }
  }

  @Test
  void aSilentPeerIsPingedAndThenGivenUp() throws Exception {
    try (RawAgent agent = edge.connected("known-m")) {
      assertThat(agent.connection().read().opcode()).isEqualTo(RawConnection.PING);
      assertThat(agent.connection().read().opcode()).isEqualTo(RawConnection.PING);
      assertThat(agent.connection().closeCode()).isEqualTo(4407);
    }
  }

  /// Its heartbeats are not answered then, and it must not take the gateway for gone.
  @Test
  void aPeerThatIsNotReadFromIsPingedMeanwhile() throws Exception {
    try (RawAgent agent = edge.connected("known-r")) {
      edge.pauseAtNextFlight();
      agent.send(EdgeServer.heartbeat());
      for (int i = 0; i < 3; i++) {
        assertThat(agent.connection().read().opcode()).isEqualTo(RawConnection.PING);
      }
      assertThat(edge.ended()).isEmpty();
    }
  }

  @Test
  void aNewerLoginTakesOver() throws Exception {
    try (RawAgent older = edge.connected("known-n");
        RawAgent newer = edge.connected("known-n")) {
      assertThat(older.connection().closeCode()).isEqualTo(4402);
      assertThat(edge.sessions().size()).isEqualTo(1);
      newer.send(EdgeServer.heartbeat());
      assertThat(edge.nextFlight()).isNotEmpty();
    }
  }

  @Test
  void aRevokedAgentIsCutOff() throws Exception {
    try (RawAgent agent = edge.connected("known-o")) {
      edge.sessions().revoke("known-o");
      assertThat(agent.connection().closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aDrainTellsEveryAgentAndTakesNoMore() throws Exception {
    try (RawAgent agent = edge.connected("known-p");
        RawAgent late = edge.agent("known-q")) {
      edge.server().drain(Duration.ofMillis(300));
      assertThat(agent.next(Control.Goodbye.class).closeCode()).isEqualTo(4408);
      assertThat(agent.connection().closeCode()).isEqualTo(4408);
      assertThatThrownBy(edge::connection).isInstanceOf(IOException.class);
      late.sendM1();
      late.sendM3();
      assertThat(late.connection().closeCode()).isEqualTo(4408);
    }
  }
}
