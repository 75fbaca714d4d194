package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What status and metrics say about messages that a test counted itself.
class TelemetryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void everyStepIsCountedByClassAndGuarantee() throws Exception {
    ClientOptions away = gateway.enrol("away");
    List<Sent> durable = new ArrayList<>();
    try (AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("here"),
                c ->
                    c.on("task", _ -> {})
                        .on(
                            "bad",
                            _ -> {
                              throw new IllegalStateException("no");
                            }))) {
      for (Priority priority : Priority.values()) {
        for (Guarantee guarantee : Guarantee.values()) {
          Sent sent =
              sender.send(
                  OutgoingMessage.text("here", "task", "x")
                      .withPriority(priority)
                      .withGuarantee(guarantee));
          if (guarantee.isDurable()) {
            durable.add(sent);
          }
        }
      }
      for (Sent sent : durable) {
        sent.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
      Sent dead =
          sender.send(
              OutgoingMessage.text("here", "bad", "x")
                  .withPriority(Priority.HIGH)
                  .withMetadata(Map.of("max_retries", "1")));
      assertThatThrownBy(() -> dead.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .isNotNull();
      Sent late =
          sender.send(
              OutgoingMessage.text(away.agentId(), "task", "x")
                  .withPriority(Priority.LOW)
                  .withTtl(Duration.ofMillis(1)));
      assertThatThrownBy(() -> late.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .isNotNull();
      Sent kept =
          sender.send(
              OutgoingMessage.text(away.agentId(), "task", "x").withPriority(Priority.CRITICAL));
      kept.accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      String admin = gateway.apiKey("admin");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(
                      gateway
                          .rest("POST", "/api/v1/messages/" + dead.id() + "/discard", admin, "")
                          .statusCode())
                  .isEqualTo(200));
      for (Priority priority : Priority.values()) {
        assertThat(steps("delivered", priority, Guarantee.BEST_EFFORT)).isEqualTo(1);
        assertThat(steps("redelivered", priority, Guarantee.EXACTLY_ONCE)).isZero();
        assertThat(steps("stored", priority, Guarantee.BEST_EFFORT)).isZero();
        assertThat(steps("processed", priority, Guarantee.EXACTLY_ONCE)).isEqualTo(1);
        assertThat(steps("processed", priority, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
        assertThat(steps("accepted", priority, Guarantee.EXACTLY_ONCE)).isEqualTo(1);
      }
      assertThat(steps("retried", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
      assertThat(steps("delivered", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(3);
      assertThat(steps("redelivered", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
      assertThat(steps("dead", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
      assertThat(steps("discarded", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
      assertThat(steps("redriven", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isZero();
      assertThat(steps("expired", Priority.LOW, Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
      assertThat(steps("stored", Priority.CRITICAL, Guarantee.AT_LEAST_ONCE)).isEqualTo(2);

      assertThat(times("stored", Priority.NORMAL, Guarantee.EXACTLY_ONCE)).isEqualTo(1);
      assertThat(times("processed", Priority.NORMAL, Guarantee.EXACTLY_ONCE)).isEqualTo(1);
      assertThat(times("delivered", Priority.NORMAL, Guarantee.BEST_EFFORT)).isEqualTo(1);
      // Only the first delivery of each: the second one of the dead letter is none.
      assertThat(times("delivered", Priority.HIGH, Guarantee.AT_LEAST_ONCE)).isEqualTo(2);

      JsonNode status = status();
      assertThat(status.path("transitions").path("dead").asInt()).isEqualTo(1);
      assertThat(status.path("transitions").path("retried").asInt()).isEqualTo(1);
      assertThat(status.path("transitions").path("processed").asInt()).isEqualTo(8);
      assertThat(status.path("queueDepth").path("critical").asInt()).isEqualTo(1);
      assertThat(status.path("queueDepth").path("normal").asInt()).isZero();
      assertThat(status.path("lanes").size()).isEqualTo(4);
    }
  }

  @Test
  void theThroughputOfTheLastSecondsIsShownAndGoesAway() throws Exception {
    try (AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
        AegisClient _ = AegisClient.connect(gateway.enrol("here"), c -> c.on("task", _ -> {}))) {
      Sent last = sender.send(OutgoingMessage.text("here", "task", "x"));
      for (int i = 0; i < 500; i++) {
        last = sender.send(OutgoingMessage.text("here", "task", "x").withPriority(Priority.HIGH));
      }
      last.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          JsonNode status = status();
          for (String span : List.of("last10s", "last60s")) {
            JsonNode shown = status.path("throughput").path(span);
            for (String way : List.of("inPerSecond", "outPerSecond")) {
              assertThat(shown.path(way).path("high").asDouble()).isPositive();
              assertThat(shown.path(way).path("low").asDouble()).isZero();
              assertThat(shown.path(way).path("total").asDouble())
                  .isGreaterThan(shown.path(way).path("high").asDouble());
            }
          }
          JsonNode journal = status.path("journal");
          assertThat(journal.path("segmentsPerSecond").asDouble()).isPositive();
          assertThat(journal.path("entriesPerSecond").asDouble())
              .isGreaterThan(journal.path("segmentsPerSecond").asDouble());
          assertThat(journal.path("commitMillis").path("p50").asLong()).isPositive();
          assertThat(status.path("deliveryMillis").path("high").path("p99").asLong())
              .isGreaterThanOrEqualTo(
                  status.path("deliveryMillis").path("high").path("p50").asLong());
          assertThat(status.path("deliveryMillis").path("low")).isEmpty();
        });
    // Ten seconds without traffic.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          JsonNode throughput = status().path("throughput");
          assertThat(throughput.path("last10s").path("inPerSecond").path("total").asDouble())
              .isZero();
          assertThat(throughput.path("last60s").path("inPerSecond").path("total").asDouble())
              .isPositive();
        });
  }

  private JsonNode status() throws Exception {
    return Json.parse(gateway.admin("GET", "/status", null).body());
  }

  private long steps(String transition, Priority priority, Guarantee guarantee) throws Exception {
    return metric(
        "aegis_messages_transitions_total{guarantee=\""
            + guarantee.label()
            + "\",priority=\""
            + priority.label()
            + "\",transition=\""
            + transition
            + "\"} ");
  }

  private long times(String stage, Priority priority, Guarantee guarantee) throws Exception {
    return metric(
        "aegis_message_"
            + stage
            + "_seconds_count{guarantee=\""
            + guarantee.label()
            + "\",priority=\""
            + priority.label()
            + "\"} ");
  }

  private long metric(String start) throws Exception {
    String line =
        gateway
            .admin("GET", "/metrics", null)
            .body()
            .lines()
            .filter(each -> each.startsWith(start))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no metric " + start));
    return (long) Double.parseDouble(line.substring(start.length()));
  }
}
