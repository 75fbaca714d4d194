package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.http.Json;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Lists of messages over REST.
@OnEverySite
class MessageListIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Site site;
  private String admin;
  private String viewer;

  MessageListIT(Site site) {
    this.site = site;
  }

  @BeforeEach
  void keys() throws Exception {
    admin = site.apiKey("admin");
    viewer = site.apiKey("viewer");
  }

  @Test
  void messagesAreFoundByWhateverIsKnownOfThemTheNewestFirst() throws Exception {
    site.enrol("ml-bob");
    site.enrol("ml-carol");
    String conversation = UUID.randomUUID().toString();
    String before = Instant.now().minusSeconds(5).toString();
    String first = send("ml-bob", "ml-task", null);
    String second = send("ml-carol", "ml-note", conversation);
    String third = send("ml-bob", "ml-task", conversation);
    // What another node has stored is there once it is a row.
    awaitListed("conversation_id=" + conversation, third, second);
    awaitListed("order=newest&to_agent_id=ml-bob", third, first);
    awaitListed("message_type=ml-task", third, first);
    awaitListed("message_type=ml-task&limit=1", third);
    awaitListed("status=pending&to_agent_id=ml-bob&from=" + before, third, first);
    awaitListed("to_agent_id=ml-bob&conversation_id=" + conversation, third);
    awaitListed("to_agent_id=ml-bob&to=" + before);
    awaitListed("message_type=ml-task&from_agent_id=nobody");
    awaitListed("message_type=ml-task&status=dead");

    JsonNode shown = list("conversation_id=" + conversation + "&limit=1").path("messages").path(0);
    assertThat(shown.path("from_agent_id").asString()).isEqualTo("api.test-admin");
    assertThat(shown.path("to_agent_id").asString()).isEqualTo("ml-bob");
    assertThat(shown.path("status").asString()).isEqualTo("pending");
    assertThat(shown.has("payload")).isFalse();
  }

  @Test
  void aStatusThatChangesIsListedAsItIs() throws Exception {
    site.enrol("ml-done");
    String id = send("ml-done", "ml-done", null);
    GatewayAccess node = site.node(0); // polling at another one would move the mailbox
    await()
        .atMost(PATIENCE)
        .until(() -> {
          node.rest("GET", "/api/v1/agents/ml-done/mailbox?wait=1", admin, null);
          return node.rest(
                      "PUT", "/api/messages/" + id + "/status", admin, "{\"status\":\"processed\"}")
                  .statusCode()
              == 200;
        });
    awaitListed("message_type=ml-done&status=processed", id);
    awaitListed("message_type=ml-done&status=pending");
  }

  @Test
  void pagesGoOnWhereTheLastOneEndedAlsoWithinAMillisecond() throws Exception {
    site.enrol("ml-pages");
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      sent.add(send("ml-pages", "ml-pages", null));
    }
    await()
        .atMost(PATIENCE)
        .until(() -> list("message_type=ml-pages").path("messages").size() == sent.size());
    List<String> listed = new ArrayList<>();
    String cursor = "";
    for (int calls = 0; calls < 100 && cursor != null; calls++) {
      JsonNode page = list("message_type=ml-pages&limit=3" + cursor);
      page.path("messages").forEach(message -> listed.add(message.path("id").asString()));
      cursor = page.has("next_cursor") ? "&cursor=" + page.path("next_cursor").asString() : null;
      if (calls == 0) {
        cursor = "&cursor=" + ofFormerVersion(page.path("next_cursor").asString());
      }
    }
    assertThat(cursor).as("the list ends").isNull();
    assertThat(new HashSet<>(listed)).hasSameSizeAs(listed).hasSameElementsAs(sent);
  }

  /// Without the span that a cursor has in front.
  private static String ofFormerVersion(String cursor) {
    String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
    assertThat(text).matches("\\d+~.*");
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.substring(text.indexOf('~') + 1).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void onlyTheOwnOrganizationIsListed() throws Exception {
    site.enrol("ml-foreign", "ml-elsewhere");
    HttpResponse<String> sent =
        site.rest(
            "POST",
            "/api/messages",
            admin,
            "{\"to_agent_id\":\"ml-foreign\",\"message_type\":\"ml-foreign\",\"content\":{}}");
    assertThat(sent.statusCode()).isEqualTo(403);
    HttpResponse<String> key =
        site.admin(
            "POST",
            "/admin/apikeys",
            Map.of("name", "ml-other", "role", "admin", "organization", "ml-elsewhere"));
    String other = Json.parse(key.body()).path("api_key").asString();
    HttpResponse<String> own =
        site.rest(
            "POST",
            "/api/messages",
            other,
            "{\"to_agent_id\":\"ml-foreign\",\"message_type\":\"ml-foreign\",\"content\":{}}");
    assertThat(own.statusCode()).as(own.body()).isEqualTo(202);
    await()
        .atMost(PATIENCE)
        .until(() ->
            Json.parse(
                        site.rest("GET", "/api/messages?message_type=ml-foreign", other, null)
                            .body())
                    .path("messages")
                    .size()
                == 1);
    awaitListed("message_type=ml-foreign");
  }

  @Test
  void whatCannotBeMeantIsRefused() throws Exception {
    assertThat(status("/api/v1/messages", null)).isEqualTo(401);
    assertThat(status("/api/v1/messages", viewer)).isEqualTo(200);
    assertThat(status("/api/v1/messages?to_agent_id=ml-nobody&order=newest", viewer))
        .isEqualTo(200);
    assertThat(status("/api/v1/messages?to_agent_id=ml-nobody", admin)).isEqualTo(404);
    assertThat(status("/api/v1/messages?status=gone", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?status=moved", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?order=oldest", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?conversation_id=x", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?from=yesterday", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?limit=1001", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?cursor=eA", viewer)).isEqualTo(400);
    assertThat(status("/api/v1/messages?type=task", viewer)).isEqualTo(400);
  }

  private void awaitListed(String query, String... ids) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(list(query).path("messages"))
                .as(query)
                .extracting(message -> message.path("id").asString())
                .containsExactly(ids));
  }

  private JsonNode list(String query) throws Exception {
    HttpResponse<String> listed = site.rest("GET", "/api/v1/messages?" + query, viewer, null);
    assertThat(listed.statusCode()).as(listed.body()).isEqualTo(200);
    return Json.parse(listed.body());
  }

  private int status(String path, @Nullable String key) throws Exception {
    return site.rest("GET", path, key, null).statusCode();
  }

  private String send(String to, String type, @Nullable String conversation) throws Exception {
    HttpResponse<String> sent =
        site.rest(
            "POST",
            "/api/messages",
            admin,
            "{\"to_agent_id\":\"%s\",\"message_type\":\"%s\",\"content\":{}%s}"
                .formatted(
                    to,
                    type,
                    conversation == null ? "" : ",\"conversation_id\":\"" + conversation + "\""));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    return Json.parse(sent.body()).path("id").asString();
  }
}
