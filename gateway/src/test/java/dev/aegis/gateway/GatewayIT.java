package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.client.AegisClient;
import dev.aegis.client.AegisException;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.HandlerFailedException;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole gateway on its embedded PostgreSQL, driven by the SDK over TLS and by HTTP.
class GatewayIT {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long PATIENCE_SECONDS = 20;

  @TempDir static Path directory;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void deliversEveryGuaranteeAndTellsHowFarItCame() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (AegisClient sender = AegisClient.connect(gateway.enrol("it-a1"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("it-b1"), c -> c.on("task", m -> arrived.add(m.text())))) {
      for (Guarantee guarantee : Guarantee.values()) {
        Sent sent =
            sender.send(
                OutgoingMessage.text("it-b1", "task", guarantee.label()).withGuarantee(guarantee));
        sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(guarantee.label());
        if (guarantee.isDurable()) {
          sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void whatWasStoredIsDeliveredAfterARestartInOrderOfPriority() throws Exception {
    ClientOptions away = gateway.enrol("it-b2");
    try (AegisClient sender = AegisClient.connect(gateway.enrol("it-a2"))) {
      for (Priority priority :
          List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)) {
        sender
            .send(OutgoingMessage.text("it-b2", "task", priority.label()).withPriority(priority))
            .accepted()
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }
    gateway.restart();
    BlockingQueue<Priority> arrived = new LinkedBlockingQueue<>();
    try (AegisClient _ =
        AegisClient.connect(
            gateway.options(away.agentId(), away.identity()),
            c -> c.on("*", m -> arrived.add(m.message().priority())))) {
      for (int i = 0; i < 4; i++) {
        assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      }
    }
  }

  @Test
  void requestsAreAnsweredAndAMissingHandlerIsSaid() throws Exception {
    try (AegisClient asker = AegisClient.connect(gateway.enrol("it-a3"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("it-b3"),
                c ->
                    c.onRequest(
                        "double",
                        r ->
                            (r.text() + r.text())
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8)))) {
      assertThat(
              asker
                  .request(OutgoingMessage.text("it-b3", "double", "ab"))
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                  .text())
          .isEqualTo("abab");
      assertThatThrownBy(() ->
              asker
                  .request(OutgoingMessage.text("it-b3", "unheard-of", "x"))
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(HandlerFailedException.class);
    }
  }

  @Test
  void anUnknownRecipientIsRefusedAndTheSessionLivesOn() throws Exception {
    try (AegisClient sender = AegisClient.connect(gateway.enrol("it-a4"))) {
      Sent refused = sender.send(OutgoingMessage.text("nobody", "task", "x"));
      assertThatThrownBy(() -> refused.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_RECIPIENT));
      gateway.enrol("it-b4");
      sender
          .send(OutgoingMessage.text("it-b4", "task", "y"))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void strangersAndWrongGatewayKeysGetNoSession() throws Exception {
    SigningKey stranger = Identity.generate(RANDOM);
    ClientOptions unknown =
        ClientOptions.of(url(), "it-stranger", stranger, gateway.gateway().publicKey())
            .withReconnect(false);
    assertThatThrownBy(() -> AegisClient.connect(unknown)).isInstanceOf(AegisException.class);
    ClientOptions known = gateway.enrol("it-a5");
    VerifyingKey wrong = Identity.generate(RANDOM).verifyingKey();
    assertThatThrownBy(() ->
            AegisClient.connect(
                ClientOptions.of(url(), "it-a5", known.identity(), wrong).withReconnect(false)))
        .isInstanceOf(AegisException.class);
    assertThatThrownBy(() ->
            AegisClient.connect(
                ClientOptions.of(url(), "it-a5", stranger, gateway.gateway().publicKey())
                    .withReconnect(false)))
        .isInstanceOf(AegisException.class);
  }

  @Test
  void aJoinTokenEnrolsOnce() throws Exception {
    String token =
        Json.parse(gateway.admin("POST", "/admin/tokens", Map.of("seconds", 60)).body())
            .path("join_token")
            .asString();
    ClientOptions first =
        ClientOptions.of(
                url(), "it-joiner", Identity.generate(RANDOM), gateway.gateway().publicKey())
            .withJoinToken(token)
            .withReconnect(false);
    AegisClient.connect(first).close();
    AegisClient.connect(first.withJoinToken("")).close();
    ClientOptions second =
        ClientOptions.of(
                url(), "it-joiner2", Identity.generate(RANDOM), gateway.gateway().publicKey())
            .withJoinToken(token)
            .withReconnect(false);
    assertThatThrownBy(() -> AegisClient.connect(second)).isInstanceOf(AegisException.class);
  }

  @Test
  void theRestApiChecksKeysAndRolesAndSends() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (AegisClient _ =
        AegisClient.connect(gateway.enrol("it-b6"), c -> c.on("*", m -> arrived.add(m.text())))) {
      String send = "/api/v1/agents/it-b6/send";
      assertThat(gateway.rest("POST", send, null, "{\"content\":1}").statusCode()).isEqualTo(401);
      assertThat(gateway.rest("POST", send, "wrong", "{\"content\":1}").statusCode())
          .isEqualTo(401);
      assertThat(
              gateway.rest("POST", send, gateway.apiKey("viewer"), "{\"content\":1}").statusCode())
          .isEqualTo(403);
      String key = gateway.apiKey("sender");
      assertThat(gateway.rest("POST", send, key, "not json").statusCode()).isEqualTo(400);
      assertThat(
              gateway.rest("POST", send, key, "{\"content\":1,\"priority\":\"11\"}").statusCode())
          .isEqualTo(400);
      assertThat(
              gateway
                  .rest("POST", "/api/v1/agents/nobody/send", key, "{\"content\":1}")
                  .statusCode())
          .isEqualTo(404);
      HttpResponse<String> sent =
          gateway.rest("POST", send, key, "{\"content\":{\"a\":1},\"priority\":3}");
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
      assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("{\"a\":1}");
      HttpResponse<String> status = gateway.rest("GET", "/api/v1/agents/it-b6/status", key, null);
      assertThat(Json.parse(status.body()).path("is_active").asBoolean()).isTrue();
    }
  }

  @Test
  void theManagementPortShowsStatusMetricsAndReadiness() throws Exception {
    assertThat(Json.parse(gateway.admin("GET", "/status", null).body()).path("ready").asBoolean())
        .isTrue();
    assertThat(gateway.admin("GET", "/metrics", null).body()).contains("aegis_sessions");
    assertThat(gateway.admin("GET", "/readyz", null).statusCode()).isEqualTo(200);
    assertThat(gateway.admin("GET", "/nothing", null).statusCode()).isEqualTo(404);
    HttpResponse<String> unauthorized =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(gateway.management("/admin/agents")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(unauthorized.statusCode()).isEqualTo(401);
  }

  private static URI url() {
    return gateway.options("any", Identity.generate(RANDOM)).url();
  }
}
