package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import dev.aegis.protocol.CloseCode;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Handshakes that stall, lie, repeat or fail end their connection and tell no reason.
class HandshakeIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void aPeerThatStopsAnywhereIsClosed() throws Exception {
    try (Socket silent = edge.socket();
        RawConnection afterTls = edge.connection();
        RawConnection inRequest = edge.connection();
        RawConnection inBody = edge.connection();
        RawConnection beforeM1 = edge.connection();
        RawAgent inM1 = edge.agent("known-a");
        RawAgent beforeM3 = edge.agent("known-b")) {
      inRequest.send("GET /ws/agent HTTP/1.1\r\nHost: ");
      inBody.send("POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
      assertThat(beforeM1.upgrade()).isEqualTo(101);
      byte[] m1 = RawConnection.frameBytes(RawConnection.BINARY, true, inM1.m1());
      inM1.connection().send(Arrays.copyOf(m1, m1.length / 2));
      beforeM3.sendM1();
      assertThat(beforeM3.connection().read().opcode()).isEqualTo(RawConnection.BINARY);

      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(afterTls.status()).isZero();
      assertThat(inRequest.status()).isZero();
      assertThat(inBody.status()).isZero();
      assertThat(beforeM1.closeCode()).isEqualTo(4400);
      assertThat(inM1.connection().closeCode()).isEqualTo(4400);
      assertThat(beforeM3.connection().closeCode()).isEqualTo(4400);
    }
  }

  @Test
  void aHintThatContradictsTheHandshakeEndsIt() throws Exception {
    String key = Base64.getEncoder().encodeToString(EdgeServer.AGENT.verifyingKey().bytes());
    String other = Base64.getEncoder().encodeToString(EdgeServer.GATEWAY.verifyingKey().bytes());
    for (String wrong : List.of("X-Agent-ID: known-x", "X-Agent-Public-Key: " + other)) {
      try (RawAgent agent = edge.agent("known-c", wrong)) {
        agent.sendM1();
        agent.sendM3();
        assertThat(agent.connection().closeCode()).isEqualTo(4400);
      }
    }
    try (RawAgent agent =
        edge.agent("known-c", "X-Agent-ID: known-c", "X-Agent-Public-Key: " + key)) {
      agent.sendM1();
      agent.sendM3();
      assertThat(agent.next()).isNotNull();
    }
  }

  @Test
  void anAgentThatIsRevokedWhileItLogsInDoesNotGetIn() throws Exception {
    edge.revokeInBetween("known-r");
    try (RawAgent admitted = edge.agent("known-r")) {
      admitted.sendM1();
      admitted.sendM3();
      assertThat(admitted.connection().closeCode()).isEqualTo(CloseCode.GOING_AWAY.wire());
    }
    assertThat(edge.sessions().find("known-r")).isNull();
    try (RawAgent again = edge.agent("known-r")) {
      again.sendM1();
      again.sendM3();
      assertThat(again.connection().closeCode()).isEqualTo(4400);
    }
    try (RawAgent another = edge.connected("known-s")) {
      assertThat(another.next()).isNotNull();
    }
  }

  @Test
  void everyFailureBeforeAuthenticationLooksTheSame() throws Exception {
    List<RawConnection.Frame> ends = new ArrayList<>();
    try (RawConnection c = edge.upgraded()) {
      c.send(new byte[] {(byte) 0xff, 0x7f, 1, 2, 3, 4, 5, 6, 7});
      ends.add(c.read());
    }
    try (RawConnection c = edge.upgraded()) {
      c.frame(RawConnection.TEXT, new byte[] {'x'});
      ends.add(c.read());
    }
    try (RawConnection c = edge.upgraded()) {
      c.frame(RawConnection.BINARY, new byte[200]);
      ends.add(c.read());
    }
    try (RawConnection c = edge.upgraded()) {
      c.frame(RawConnection.BINARY, false, new byte[8_000]);
      c.frame(RawConnection.CONTINUATION, false, new byte[8_000]);
      ends.add(c.read());
    }
    try (RawConnection c =
        edge.upgraded()) { // announces a megabyte and sends what fits into no budget
      byte[] start = RawConnection.frameBytes(RawConnection.BINARY, true, new byte[1_000_000]);
      c.send(Arrays.copyOf(start, 9_000));
      ends.add(c.read());
    }
    try (RawAgent replay = edge.agent("known-d")) {
      replay.sendM1();
      replay.sendM1();
      assertThat(replay.connection().read().opcode()).isEqualTo(RawConnection.BINARY);
      ends.add(replay.connection().read());
    }
    try (RawAgent unknown = edge.agent("stranger")) {
      unknown.sendM1();
      unknown.sendM3();
      ends.add(unknown.connection().read());
    }
    assertThat(ends)
        .allSatisfy(end -> {
          assertThat(end.closeCode()).isEqualTo(4400);
          assertThat(end.closeText()).isEqualTo("handshake failed");
        });
    assertThat(edge.counters().handshakeFailures.sum()).isEqualTo(7);
  }

  @Test
  void aSecondM1OfAnotherConnectionMakesAHandshakeOfItsOwn() throws Exception {
    byte[] recorded;
    try (RawAgent first = edge.agent("known-e")) {
      recorded = first.m1();
      first.sendM1();
      first.sendM3();
      first.next();
      byte[] m3 = first.m3();
      try (RawConnection replay = edge.upgraded()) {
        replay.frame(RawConnection.BINARY, recorded);
        assertThat(replay.read().opcode()).isEqualTo(RawConnection.BINARY);
        replay.frame(RawConnection.BINARY, m3);
        assertThat(replay.closeCode()).as("M3 is bound to its M2").isEqualTo(4400);
      }
      first.send(EdgeServer.heartbeat());
      assertThat(edge.nextFlight()).as("the session replayed from is not disturbed").isNotEmpty();
    }
  }

  @Test
  void aReplayedM3IsARecordThatDoesNotOpen() throws Exception {
    try (RawAgent agent = edge.connected("known-f")) {
      agent.connection().frame(RawConnection.BINARY, agent.m3());
      assertThat(agent.connection().closeCode()).isEqualTo(4403);
    }
  }
}
