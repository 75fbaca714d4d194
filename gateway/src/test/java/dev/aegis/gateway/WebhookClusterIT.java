package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.WebhookReceiver.Received;
import dev.aegis.gateway.WebhookReceiver.Reply;
import dev.aegis.gateway.http.Json;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which of two gateways posts, and what becomes of it when that one stops.
class WebhookClusterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void oneNodePostsAndAnotherGoesOnWhenItStops() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
        WebhookReceiver receiver = new WebhookReceiver()) {
      TestCluster cluster = new TestCluster(directory, postgres, redis.url());
      try (TestGateway stays = cluster.node("stays")) {
        String admin = stays.apiKey("admin");
        List<String> waiting = new ArrayList<>();
        try (TestGateway goes = cluster.node("goes")) {
          register(goes, admin, receiver.url("/posted"));
          List<String> ids = new ArrayList<>();
          for (int i = 0; i < 15; i++) { // the mailbox is that node's where the first one comes
            ids.add(send(goes, admin));
            ids.add(send(stays, admin));
          }
          for (String id : ids) {
            await().atMost(PATIENCE).until(() -> status(stays, admin, id).equals("processed"));
          }
          assertThat(receiver.at("/posted"))
              .as("no node has posted what another one had")
              .extracting(Received::id)
              .containsExactlyInAnyOrderElementsOf(ids);
          assertThat(posted(goes)).isEqualTo(ids.size());
          assertThat(posted(stays)).isZero();

          receiver.answering(_ -> Reply.of(500));
          waiting.add(send(goes, admin));
          waiting.add(send(stays, admin));
          await().atMost(PATIENCE).until(() -> failed(goes) >= 2);
        }
        receiver.answering(_ -> Reply.of(204));
        for (String id : waiting) {
          await().atMost(PATIENCE).until(() -> status(stays, admin, id).equals("processed"));
        }
        assertThat(posted(stays)).isEqualTo(waiting.size());
      }
    }
  }

  private static void register(TestGateway node, String admin, String url) throws Exception {
    HttpResponse<String> made =
        node.rest(
            "POST", "/api/v1/agents", admin, "{\"agent_id\":\"wn\",\"endpoint\":\"" + url + "\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
  }

  private static String send(TestGateway node, String admin) throws Exception {
    HttpResponse<String> sent =
        node.rest(
            "POST",
            "/api/v1/messages",
            admin,
            "{\"to\":\"wn\",\"content\":{},\"metadata\":{\"max_retries\":100}}");
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return Json.parse(sent.body()).path("id").asString();
  }

  private static String status(TestGateway node, String admin, String id) throws Exception {
    return Json.parse(node.rest("GET", "/api/v1/messages/" + id, admin, null).body())
        .path("status")
        .asString();
  }

  private static long posted(TestGateway node) throws Exception {
    return attempts(node, "delivered");
  }

  private static long failed(TestGateway node) throws Exception {
    return attempts(node, "failed");
  }

  private static long attempts(TestGateway node, String result) throws Exception {
    return Json.parse(node.admin("GET", "/status", null).body())
        .path("webhooks")
        .path("attempts")
        .path(result)
        .asLong();
  }
}
