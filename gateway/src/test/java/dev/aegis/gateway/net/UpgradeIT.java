package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.RawConnection;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What comes before the WebSocket: TLS, HTTP, the upgrade. What is no upgrade gets its status.
class UpgradeIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void whatIsNotTlsOrNotHttpIsClosed() throws Exception {
    try (Socket plain = edge.socket()) {
      plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = plain.getInputStream().readAllBytes();
      assertThat(answer.length).as("a TLS alert at most").isLessThan(16);
    }
    try (RawConnection garbage = edge.connection()) {
      garbage.send(" \u0001\u0002 garbage\r\n\r\n");
      assertThat(garbage.status()).isEqualTo(400);
    }
  }

  @Test
  void tooLongRequestsAreRefusedWithTheirStatus() throws Exception {
    assertThat(statusOf("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n")).isEqualTo(414);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Long: " + "a".repeat(9_000))))
        .isEqualTo(431);
    assertThat(statusOf("POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n"))
        .isEqualTo(413);
  }

  @Test
  void anUpgradeThatIsNoneIsRefused() throws Exception {
    String good = RawConnection.upgradeRequest();
    assertThat(statusOf(good.replace("Upgrade: websocket", "X: y"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Connection: Upgrade", "X: y"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Sec-WebSocket-Key", "X"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Host", "X"))).isEqualTo(400);
    assertThat(statusOf(good.replace("aegis.v1.msgpack", "mqtt"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Version: 13", "Version: 12"))).isEqualTo(426);
    assertThat(statusOf(good.replace("GET", "POST"))).isEqualTo(400);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Agent-ID: not an id"))).isEqualTo(400);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Agent-Public-Key: AAAA"))).isEqualTo(400);
  }

  @Test
  void anAddressThatFailsTooOftenWaits() throws Exception {
    int status = 101;
    for (int i = 0; i < 200 && status == 101; i++) {
      try (RawConnection connection = edge.connection()) {
        status = connection.upgrade();
      }
    }
    assertThat(status).isEqualTo(429);
  }

  private int statusOf(String request) throws IOException {
    try (RawConnection connection = edge.connection()) {
      connection.send(request);
      return connection.status();
    }
  }
}
