package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.http.Json;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Statistics over REST.
@OnEverySite
class StatisticsRestIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Site site;
  private String admin;
  private String viewer;

  StatisticsRestIT(Site site) {
    this.site = site;
  }

  @BeforeEach
  void keys() throws Exception {
    admin = site.apiKey("admin");
    viewer = site.apiKey("viewer");
  }

  @Test
  void whatAgentsSendAndProcessIsCountedWhicheverNodeDoesIt() throws Exception {
    site.enrol("st-bob");
    site.enrol("st-carol");
    for (int i = 0; i < 5; i++) {
      send("st-bob", "st-task");
    }
    send("st-carol", "st-note");
    await().atMost(PATIENCE).until(() -> processed("st-bob") >= 5);

    JsonNode bob = await().atMost(PATIENCE).until(() -> figure("agent_id=st-bob"), this::isDone);
    assertThat(bob.path("agent_id").asString()).isEqualTo("st-bob");
    assertThat(bob.path("received").asInt()).isEqualTo(5);
    assertThat(bob.path("processed").asInt()).isEqualTo(5);
    assertThat(bob.path("sent").asInt(-1)).isZero();
    assertThat(bob.path("error_rate").asDouble(-1)).isZero();
    assertThat(bob.path("delivery_ms").path("count").asInt()).isEqualTo(5);
    assertThat(bob.path("delivery_ms").path("p99").asDouble()).isPositive();

    JsonNode task = figure("message_type=st-task");
    assertThat(task.path("sent").asInt()).isEqualTo(5);
    assertThat(task.path("sent_bytes").asInt()).isPositive();
    assertThat(task.path("messages_per_second").asDouble()).isPositive();
    await().atMost(PATIENCE).until(() -> figure("message_type=st-note").path("sent").asInt() == 1);

    JsonNode hours = get("/api/v1/statistics?period=hour&message_type=st-task");
    assertThat(sum(hours.path("statistics"), "sent")).isEqualTo(5);
    assertThat(hours.path("statistics").path(0).path("start").asString()).endsWith(":00:00Z");
    JsonNode days = get("/api/v1/statistics?period=day&message_type=st-task");
    assertThat(sum(days.path("statistics"), "processed")).isEqualTo(5);
    assertThat(get("/api/statistics?group=type").path("statistics"))
        .extracting(type -> type.path("message_type").asString())
        .contains("st-task", "st-note");
    assertThat(get("/api/v1/statistics").path("statistics"))
        .singleElement()
        .satisfies(all -> {
          assertThat(all.path("organization").asString()).isEqualTo("default");
          assertThat(all.path("sent").asInt()).isGreaterThanOrEqualTo(6);
        });
  }

  @Test
  void theBusiestComeFirst() throws Exception {
    site.enrol("st-top");
    for (int i = 0; i < 3; i++) {
      send("st-top", "st-top");
    }
    await().atMost(PATIENCE).until(() -> figure("message_type=st-top").path("sent").asInt() == 3);
    JsonNode senders = get("/api/v1/statistics/top?limit=100");
    assertThat(senders.path("by").asString()).isEqualTo("senders");
    List<Integer> counts =
        StreamSupport.stream(senders.path("top").spliterator(), false)
            .map(sender -> sender.path("sent").asInt())
            .toList();
    assertThat(counts).isSortedAccordingTo((one, other) -> other - one);
    assertThat(senders.path("top"))
        .extracting(sender -> sender.path("agent_id").asString())
        .contains("api.test-admin");
    assertThat(get("/api/v1/statistics/top?by=recipients&limit=100").path("top"))
        .filteredOn(recipient -> recipient.path("agent_id").asString().equals("st-top"))
        .singleElement()
        .satisfies(top -> assertThat(top.path("received").asInt()).isEqualTo(3));
    assertThat(get("/api/statistics/top?by=pairs&limit=100").path("top"))
        .filteredOn(pair -> pair.path("to_agent_id").asString().equals("st-top"))
        .singleElement()
        .satisfies(pair -> {
          assertThat(pair.path("from_agent_id").asString()).isEqualTo("api.test-admin");
          assertThat(pair.path("sent").asInt()).isEqualTo(3);
        });
  }

  @Test
  void pagesAreBounded() throws Exception {
    site.enrol("st-page");
    send("st-page", "st-page-1");
    send("st-page", "st-page-2");
    await().atMost(PATIENCE).until(() -> figure("agent_id=st-page").path("received").asInt() == 2);
    JsonNode first = get("/api/v1/statistics?group=type&limit=1");
    assertThat(first.path("statistics")).hasSize(1);
    JsonNode second =
        get("/api/v1/statistics?group=type&limit=1&cursor=" + first.path("next_cursor").asString());
    assertThat(second.path("statistics").path(0).path("message_type").asString())
        .isGreaterThan(first.path("statistics").path(0).path("message_type").asString());
  }

  @Test
  void anotherOrganizationSeesNothingOfIt() throws Exception {
    site.enrol("st-own");
    send("st-own", "st-own");
    await().atMost(PATIENCE).until(() -> figure("message_type=st-own").path("sent").asInt() == 1);
    site.enrol("st-there", "st-elsewhere");
    HttpResponse<String> made =
        site.admin(
            "POST",
            "/admin/apikeys",
            Map.of("name", "st-other", "role", "viewer", "organization", "st-elsewhere"));
    String other = Json.parse(made.body()).path("api_key").asString();
    JsonNode theirs =
        Json.parse(site.rest("GET", "/api/v1/statistics?group=type", other, null).body());
    assertThat(theirs.path("statistics")).isEmpty();
    JsonNode everything =
        Json.parse(site.admin("GET", "/admin/statistics?group=type", null).body());
    assertThat(everything.path("statistics"))
        .extracting(type -> type.path("message_type").asString())
        .contains("st-own");
    JsonNode one =
        Json.parse(
            site.admin("GET", "/admin/statistics?group=type&organization=st-elsewhere", null)
                .body());
    assertThat(one.path("statistics")).isEmpty();
  }

  @Test
  void whatCannotBeMeantIsRefused() throws Exception {
    String path = "/api/v1/statistics";
    assertThat(status(path, null)).isEqualTo(401);
    assertThat(status(path, site.apiKey("sender"))).isEqualTo(403);
    assertThat(status(path + "/top", site.apiKey("sender"))).isEqualTo(403);
    assertThat(status(path, viewer)).isEqualTo(200);
    assertThat(status(path + "?agent_id=st-nobody", viewer)).isEqualTo(200);
    assertThat(status(path + "?group=month", viewer)).isEqualTo(400);
    assertThat(status(path + "?period=month", viewer)).isEqualTo(400);
    assertThat(status(path + "?agent_id=a&message_type=b", viewer)).isEqualTo(400);
    assertThat(status(path + "?agent_id=a&group=type", viewer)).isEqualTo(400);
    assertThat(status(path + "?from=then", viewer)).isEqualTo(400);
    assertThat(status(path + "?from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z", viewer))
        .isEqualTo(400);
    assertThat(status(path + "?period=hour&from=2020-01-01T00:00:00Z", viewer)).isEqualTo(400);
    assertThat(status(path + "?from=0001-01-01T00:00:00Z", viewer)).isEqualTo(400);
    assertThat(status(path + "?cursor=eA", viewer)).isEqualTo(400);
    assertThat(status(path + "?organization=default", viewer)).isEqualTo(400);
    assertThat(status(path + "/top?by=luck", viewer)).isEqualTo(400);
    assertThat(status(path + "/top?limit=101", viewer)).isEqualTo(400);
    assertThat(status(path + "/bottom", viewer)).isEqualTo(404);
  }

  private boolean isDone(JsonNode figure) {
    return figure.path("processed").asInt() >= 5;
  }

  private static int sum(JsonNode figures, String number) {
    int sum = 0;
    for (JsonNode figure : figures) {
      sum += figure.path(number).asInt();
    }
    return sum;
  }

  /// Takes what waits and says that it is processed, at one node, since polling at another one
  /// moves the mailbox; how many messages have been by now.
  private long processed(String agent) throws Exception {
    GatewayAccess node = site.node(0);
    HttpResponse<String> polled =
        node.rest("GET", "/api/v1/agents/" + agent + "/mailbox?wait=1", admin, null);
    for (JsonNode message : Json.parse(polled.body()).path("messages")) {
      node.rest(
          "PUT",
          "/api/messages/" + message.path("id").asString() + "/status",
          admin,
          "{\"status\":\"processed\"}");
    }
    return figure("agent_id=" + agent).path("processed").asLong();
  }

  private JsonNode figure(String query) throws Exception {
    return get("/api/v1/statistics?" + query).path("statistics").path(0);
  }

  private JsonNode get(String path) throws Exception {
    HttpResponse<String> reply = site.rest("GET", path, viewer, null);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    return Json.parse(reply.body());
  }

  private int status(String path, @Nullable String key) throws Exception {
    return site.rest("GET", path, key, null).statusCode();
  }

  private void send(String to, String type) throws Exception {
    HttpResponse<String> sent =
        site.rest(
            "POST",
            "/api/messages",
            admin,
            "{\"to_agent_id\":\"%s\",\"message_type\":\"%s\",\"content\":{}}".formatted(to, type));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
  }
}
