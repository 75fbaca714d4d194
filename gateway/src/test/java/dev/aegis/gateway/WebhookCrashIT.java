package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.WebhookReceiver.Received;
import dev.aegis.gateway.WebhookReceiver.Reply;
import dev.aegis.gateway.http.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A gateway in a process of its own is killed with SIGKILL while it posts.
class WebhookCrashIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MESSAGES = 60;

  @TempDir Path directory;

  @Test
  void whatWasAcceptedIsPostedAfterAKillInMidDelivery() throws Exception {
    CountDownLatch killed = new CountDownLatch(1);
    AtomicInteger answered = new AtomicInteger();
    Set<String> underWay = ConcurrentHashMap.newKeySet();
    try (WebhookReceiver receiver = new WebhookReceiver();
        GatewayProcess gateway =
            new GatewayProcess(
                directory,
                Path.of("target", "webhook-crash.log"),
                Map.of(
                    "AEGIS_WEBHOOKS_ALLOW", "127.0.0.1",
                    "AEGIS_WEBHOOKS_ALLOW_HTTP", "true",
                    "AEGIS_WEBHOOKS_GRACE", "0ms"))) {
      receiver.answering(request -> {
        if (answered.incrementAndGet() > MESSAGES / 3 && killed.getCount() > 0) {
          underWay.add(request.id());
          awaitKill(killed);
        }
        return Reply.of(204);
      });
      gateway.awaitReady();
      String admin = gateway.access().apiKey("admin");
      HttpResponse<String> made =
          gateway
              .access()
              .rest(
                  "POST",
                  "/api/v1/agents",
                  admin,
                  "{\"agent_id\":\"wc\",\"endpoint\":\"" + receiver.url("/wc") + "\"}");
      assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
      Set<String> accepted = new LinkedHashSet<>();
      for (int i = 0; i < MESSAGES; i++) {
        HttpResponse<String> sent =
            gateway
                .access()
                .rest("POST", "/api/v1/messages", admin, "{\"to\":\"wc\",\"content\":{}}");
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
        accepted.add(Json.parse(sent.body()).path("id").asString());
      }
      await().atMost(PATIENCE).until(() -> underWay.size() >= 3);
      gateway.kill();
      killed.countDown();
      int before = receiver.at("/wc").size();
      gateway.start();
      gateway.awaitReady();

      for (String id : accepted) {
        await()
            .atMost(PATIENCE)
            .until(() -> status(gateway.access(), admin, id).equals("processed"));
      }
      Set<String> posted =
          receiver.at("/wc").stream().map(Received::id).collect(Collectors.toSet());
      assertThat(posted).isEqualTo(accepted);
      assertThat(receiver.at("/wc").stream().skip(before).map(Received::id))
          .as("what was not acknowledged when it died comes again")
          .containsAll(underWay);
    }
  }

  private static void awaitKill(CountDownLatch killed) {
    try {
      assertThat(killed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String status(GatewayAccess gateway, String admin, String id) throws Exception {
    JsonNode shown = Json.parse(gateway.rest("GET", "/api/v1/messages/" + id, admin, null).body());
    return shown.path("status").asString();
  }
}
