package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import dev.aegis.protocol.CloseCode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an established session sends in place of its next record ends it with the code for that.
class RecordsIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @ParameterizedTest
  @ValueSource(strings = {"replayed", "tampered", "truncated", "empty", "out of order"})
  void aRecordThatDoesNotOpenEndsTheSession(String how) throws Exception {
    try (RawAgent agent = edge.connected("known-g");
        RawAgent neighbour = edge.connected("known-h")) {
      byte[] first = agent.record(EdgeServer.heartbeat());
      byte[] second = agent.record(EdgeServer.heartbeat());
      switch (how) {
        case "replayed" -> {
          agent.connection().frame(RawConnection.BINARY, first);
          agent.connection().frame(RawConnection.BINARY, first);
        }
        case "tampered" -> {
          first[3] ^= 1;
          agent.connection().frame(RawConnection.BINARY, first);
        }
        case "truncated" ->
            agent.connection().frame(RawConnection.BINARY, Arrays.copyOf(first, first.length - 1));
        case "empty" -> agent.connection().frame(RawConnection.BINARY, new byte[0]);
        default -> agent.connection().frame(RawConnection.BINARY, second);
      }
      assertThat(agent.connection().closeCode()).isEqualTo(4403);
      await().untilAsserted(() -> assertThat(edge.ended().values()).contains(CloseCode.BAD_RECORD));
      edge.forgetFlights();
      neighbour.send(EdgeServer.heartbeat());
      assertThat(edge.nextFlight()).isNotEmpty();
    }
  }

  @Test
  void framesThatArePartOfNoRecordEndTheSession() throws Exception {
    try (RawAgent agent = edge.connected("known-i")) {
      agent.connection().frame(RawConnection.TEXT, new byte[] {'x'});
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
    try (RawAgent agent = edge.connected("known-i")) {
      agent.connection().send(new byte[] {(byte) 0x82, 1, 0}); // not masked
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
    try (RawAgent agent = edge.connected("known-i")) {
      agent.connection().frame(RawConnection.CONTINUATION, new byte[3]);
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
  }

  @Test
  void aFrameOverTheLimitIsRefusedByItsHeaderAlone() throws Exception {
    try (RawAgent agent = edge.connected("known-j")) {
      byte[] frame =
          RawConnection.frameBytes(RawConnection.BINARY, true, new byte[EdgeServer.MAX_RECORD + 1]);
      agent.connection().send(Arrays.copyOf(frame, 14));
      assertThat(agent.connection().closeCode()).isEqualTo(4406);
    }
    try (RawAgent agent = edge.connected("known-j")) {
      agent.connection().frame(RawConnection.BINARY, false, new byte[EdgeServer.MAX_RECORD]);
      agent.connection().frame(RawConnection.CONTINUATION, true, new byte[1]);
      assertThat(agent.connection().closeCode()).isEqualTo(4406);
    }
  }

  @Test
  void aRecordMayComeInFragments() throws Exception {
    try (RawAgent agent = edge.connected("known-k")) {
      byte[] record = agent.record(EdgeServer.heartbeat());
      agent.connection().frame(RawConnection.BINARY, false, Arrays.copyOf(record, 5));
      agent
          .connection()
          .frame(RawConnection.CONTINUATION, true, Arrays.copyOfRange(record, 5, record.length));
      assertThat(edge.nextFlight()).isNotEmpty();
    }
  }
}
