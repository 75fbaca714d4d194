package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Whole gateways, driven by the SDK over TLS and by HTTP.
@OnEverySite
class GatewayIT {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long PATIENCE_SECONDS = 20;

  private final Site site;

  GatewayIT(Site site) {
    this.site = site;
  }

  @Test
  void deliversEveryGuaranteeAndTellsHowFarItCame() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (AegisClient sender = AegisClient.connect(site.enrol("it-a1"));
        AegisClient _ =
            AegisClient.connect(
                site.enrol("it-b1"), c -> c.on("task", m -> arrived.add(m.text())))) {
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
    site.assumeAlone("that of a cluster's nodes, one after the other, is a test of its own");
    ClientOptions away = site.enrol("it-b2");
    try (AegisClient sender = AegisClient.connect(site.enrol("it-a2"))) {
      for (Priority priority :
          List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)) {
        sender
            .send(OutgoingMessage.text("it-b2", "task", priority.label()).withPriority(priority))
            .accepted()
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }
    site.restart();
    BlockingQueue<Priority> arrived = new LinkedBlockingQueue<>();
    try (AegisClient _ =
        AegisClient.connect(
            site.elsewhere(away), c -> c.on("*", m -> arrived.add(m.message().priority())))) {
      for (int i = 0; i < 4; i++) {
        assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      }
    }
  }

  @Test
  void requestsAreAnsweredAndAMissingHandlerIsSaid() throws Exception {
    try (AegisClient asker = AegisClient.connect(site.enrol("it-a3"));
        AegisClient _ =
            AegisClient.connect(
                site.enrol("it-b3"),
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
    try (AegisClient sender = AegisClient.connect(site.enrol("it-a4"))) {
      Sent refused = sender.send(OutgoingMessage.text("nobody", "task", "x"));
      assertThatThrownBy(() -> refused.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_RECIPIENT));
      site.enrol("it-b4");
      sender
          .send(OutgoingMessage.text("it-b4", "task", "y"))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void strangersAndWrongGatewayKeysGetNoSession() throws Exception {
    SigningKey stranger = Identity.generate(RANDOM);
    ClientOptions unknown = site.options("it-stranger", stranger).withReconnect(false);
    assertThatThrownBy(() -> AegisClient.connect(unknown)).isInstanceOf(AegisException.class);
    ClientOptions known = site.enrol("it-a5");
    VerifyingKey wrong = Identity.generate(RANDOM).verifyingKey();
    assertThatThrownBy(() ->
            AegisClient.connect(
                ClientOptions.of(known.url(), "it-a5", known.identity(), wrong)
                    .withReconnect(false)))
        .isInstanceOf(AegisException.class);
    assertThatThrownBy(
            () -> AegisClient.connect(site.options("it-a5", stranger).withReconnect(false)))
        .isInstanceOf(AegisException.class);
  }

  @Test
  void aJoinTokenEnrolsOnce() throws Exception {
    String token =
        Json.parse(site.admin("POST", "/admin/tokens", Map.of("seconds", 60)).body())
            .path("join_token")
            .asString();
    ClientOptions first =
        site.options("it-joiner", Identity.generate(RANDOM))
            .withJoinToken(token)
            .withReconnect(false);
    AegisClient.connect(first).close();
    AegisClient.connect(first.withJoinToken("")).close();
    ClientOptions second =
        site.options("it-joiner2", Identity.generate(RANDOM))
            .withJoinToken(token)
            .withReconnect(false);
    assertThatThrownBy(() -> AegisClient.connect(second)).isInstanceOf(AegisException.class);
  }

  @Test
  void theRestApiChecksKeysAndRolesAndSends() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (AegisClient _ =
        AegisClient.connect(site.enrol("it-b6"), c -> c.on("*", m -> arrived.add(m.text())))) {
      String send = "/api/v1/agents/it-b6/send";
      assertThat(site.rest("POST", send, null, "{\"content\":1}").statusCode()).isEqualTo(401);
      assertThat(site.rest("POST", send, "wrong", "{\"content\":1}").statusCode()).isEqualTo(401);
      assertThat(site.rest("POST", send, site.apiKey("viewer"), "{\"content\":1}").statusCode())
          .isEqualTo(403);
      String key = site.apiKey("sender");
      assertThat(site.rest("POST", send, key, "not json").statusCode()).isEqualTo(400);
      assertThat(site.rest("POST", send, key, "{\"content\":1,\"priority\":\"11\"}").statusCode())
          .isEqualTo(400);
      assertThat(
              site.rest("POST", "/api/v1/agents/nobody/send", key, "{\"content\":1}").statusCode())
          .isEqualTo(404);
      HttpResponse<String> sent =
          site.rest("POST", send, key, "{\"content\":{\"a\":1},\"priority\":3}");
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
      assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("{\"a\":1}");
      for (int i = 0; i < site.nodes().size(); i++) {
        await()
            .untilAsserted(() -> {
              JsonNode shown =
                  Json.parse(site.rest("GET", "/api/v1/agents/it-b6/status", key, null).body());
              assertThat(shown.path("is_active").asBoolean()).isTrue();
              assertThat(shown.path("session_epoch").asLong()).isPositive();
              assertThat(shown.path("connected_at").asLong()).isPositive();
            });
      }
    }
  }

  @Test
  void theManagementPortShowsStatusMetricsAndReadiness() throws Exception {
    assertThat(Json.parse(site.admin("GET", "/status", null).body()).path("ready").asBoolean())
        .isTrue();
    assertThat(site.admin("GET", "/metrics", null).body()).contains("aegis_sessions");
    assertThat(site.admin("GET", "/readyz", null).statusCode()).isEqualTo(200);
    assertThat(site.admin("GET", "/nothing", null).statusCode()).isEqualTo(404);
    HttpResponse<String> unauthorized =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(site.node(0).management("/admin/agents")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(unauthorized.statusCode()).isEqualTo(401);
  }

  @Test
  void everyNodeTellsWhoIsConnectedAndHowMuchWaitsForWhom() throws Exception {
    String key = site.apiKey("sender");
    ClientOptions agent = site.enrol("it-b7");
    try (AegisClient _ = AegisClient.connect(agent)) {
      awaitStatus(key, "it-b7", true, 0);
    }
    awaitStatus(key, "it-b7", false, 0);
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> sent =
          site.rest("POST", "/api/v1/agents/it-b7/send", key, "{\"content\":1}");
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    }
    awaitStatus(key, "it-b7", false, 3);
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (AegisClient _ =
        AegisClient.connect(site.elsewhere(agent), c -> c.on("*", m -> arrived.add(m.text())))) {
      for (int i = 0; i < 3; i++) {
        assertThat(arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      }
      awaitStatus(key, "it-b7", true, 0);
    }
  }

  private void awaitStatus(String key, String agent, boolean connected, int pending)
      throws Exception {
    for (GatewayAccess node : site.nodes()) {
      await()
          .untilAsserted(() -> {
            JsonNode shown =
                Json.parse(
                    node.rest("GET", "/api/v1/agents/" + agent + "/status", key, null).body());
            assertThat(shown.path("is_active").asBoolean()).isEqualTo(connected);
            assertThat(shown.path("pending").asInt(-1)).isEqualTo(pending);
            JsonNode listed = Json.parse(node.admin("GET", "/admin/agents", null).body());
            assertThat(listed.valueStream())
                .filteredOn(each -> each.path("agent_id").asString().equals(agent))
                .singleElement()
                .satisfies(
                    each -> assertThat(each.path("connected").asBoolean()).isEqualTo(connected));
          });
    }
  }
}
