package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.sun.net.httpserver.HttpServer;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a command makes of a gateway that does not do what it is asked.
class AdminClientTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path directory;

  private void gatewayAt(int port) throws IOException {
    Files.writeString(DataDirectory.managementFile(directory), "http://127.0.0.1:" + port);
    Files.writeString(DataDirectory.adminTokenFile(directory), "token");
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid-request, 4",
    "404, unknown-message, 4",
    "409, rule-exists, 4",
    "422, range-too-long, 4",
    "429, rate-limited, 4",
    "503, store-unavailable, 69",
    "503, overloaded, 1",
    "500, internal-error, 1",
  })
  void theExitCodeSaysWhatTheProblemIs(int status, String code, int exit) throws IOException {
    String body = Json.write(Map.of("code", code, "detail", "because"));
    assertThat(show(status, body, exit)).startsWith("aegis: because");
  }

  @ParameterizedTest
  @CsvSource({"502, 1", "403, 1", "200, 1"})
  void whatNoGatewayAnswersIsSaidToBeThatWithItsFirstLine(int status, int exit) throws IOException {
    String said =
        show(
            status, "\n <html>\033[2J bad" + "!".repeat(1_000) + "\n<h1>gateway</h1></html>", exit);
    assertThat(said.lines())
        .singleElement(as(STRING))
        .startsWith("aegis: http://127.0.0.1:")
        .contains("with status " + status)
        .contains("It begins: <html>\uFFFD[2J bad!!!")
        .endsWith("...")
        .hasSizeLessThan(400);
    assertThat(show(status == 200 ? 502 : status, "", exit)).contains("It says nothing.");
    assertThat(show(status, "\"words\"", exit)).contains("It begins: \"words\"");
  }

  /// @return what a command said that was answered this
  private String show(int status, String answer, int exit) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    StringWriter said = new StringWriter();
    try {
      gatewayAt(server.getAddress().getPort());
      assertThat(
              Main.commandLine()
                  .setErr(new PrintWriter(said))
                  .execute("agent", "show", "worker", "--data-dir=" + directory))
          .isEqualTo(exit);
      return said.toString();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aGatewayThatDoesNotAnswerIsATimeout() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 8, LOOPBACK)) {
      gatewayAt(silent.getLocalPort());
      AdminClient admin = AdminClient.of(directory, SHORT);
      assertThatThrownBy(() -> admin.get("/status"))
          .isInstanceOf(NoAnswerException.class)
          .hasMessageContaining("did not answer within 200 ms");
    }
  }

  @Test
  void aGatewayThatTakesNoConnectionIsNotReachable() throws IOException {
    List<Socket> waiting = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK)) {
      fill(full, waiting);
      gatewayAt(full.getLocalPort());
      AdminClient admin = AdminClient.of(directory, SHORT);
      assertThatThrownBy(() -> admin.get("/status")).isInstanceOf(NotReachableException.class);
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  /// Until it takes no more that nobody accepts.
  private static void fill(ServerSocket server, List<Socket> waiting) throws IOException {
    while (true) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(server.getLocalSocketAddress(), 100);
      } catch (SocketTimeoutException _) {
        return;
      }
    }
  }
}
