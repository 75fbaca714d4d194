package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes, of which one has its clock an hour ahead.
class ClockSkewIT {
  private static final long PATIENCE_SECONDS = 40;

  @TempDir Path directory;

  @Test
  void aClockAnHourAheadChangesNothing() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"))) {
      DatabaseSettings database = postgres.database("aegis");
      try (GatewayProcess right = node("right", database, redis, Duration.ZERO);
          GatewayProcess ahead = node("ahead", database, redis, Duration.ofHours(1))) {
        right.awaitReady();
        ahead.awaitReady();
        flowsBothWays(right.access(), ahead.access());
        aMailboxMovesWithWhatWaitsForARetry(ahead.access(), right.access(), "back");
        aMailboxMovesWithWhatWaitsForARetry(right.access(), ahead.access(), "forth");
        whatANodeLeftIsTakenOver(right.access(), ahead);
      }
    }
  }

  private GatewayProcess node(
      String name, DatabaseSettings database, EmbeddedRedis redis, Duration ahead)
      throws IOException {
    return new GatewayProcess(
        directory.resolve(name),
        Path.of("target", "clock-" + name + ".log"),
        Map.of(
            "AEGIS_POSTGRES_URL",
            database.url(),
            "AEGIS_POSTGRES_USER",
            database.user(),
            "AEGIS_POSTGRES_PASSWORD",
            database.password(),
            "AEGIS_REDIS_URL",
            redis.url(),
            "AEGIS_CLUSTER_KEYS",
            directory.resolve("keys").toString(),
            "AEGIS_CLUSTER_NODE",
            name,
            "AEGIS_CLUSTER_SILENCE",
            "2s",
            "AEGIS_DELIVERY_RETRY_DELAY_MAX",
            "3s",
            GatewayProcess.AHEAD,
            ahead.toString()));
  }

  private static void flowsBothWays(GatewayAccess right, GatewayAccess ahead) throws Exception {
    for (List<GatewayAccess> way : List.of(List.of(right, ahead), List.of(ahead, right))) {
      String to = "flow-" + way.getLast().port();
      BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
      ClientOptions recipient = way.getLast().enrol(to, "default");
      try (AegisClient sender =
              AegisClient.connect(
                  way.getFirst().enrol("flow-from-" + way.getFirst().port(), "default"));
          AegisClient _ = AegisClient.connect(recipient, c -> c.on("note", received::add))) {
        for (Guarantee guarantee : Guarantee.values()) {
          Sent sent =
              sender.send(
                  OutgoingMessage.text(to, "note", guarantee.label()).withGuarantee(guarantee));
          sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS))
              .extracting(IncomingMessage::text)
              .isEqualTo(guarantee.label());
          if (guarantee.isDurable()) {
            sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          }
        }
        String key = way.getFirst().apiKey("viewer");
        await()
            .untilAsserted(() ->
                assertThat(
                        Json.parse(
                                way.getFirst()
                                    .rest("GET", "/api/v1/agents/" + to + "/status", key, null)
                                    .body())
                            .path("is_active")
                            .asBoolean())
                    .isTrue());
      }
    }
  }

  /// Its next attempt is due by the clock of the first node; at the second it comes all the same,
  /// after the longest pause at the latest.
  private static void aMailboxMovesWithWhatWaitsForARetry(
      GatewayAccess first, GatewayAccess second, String name) throws Exception {
    ClientOptions recipient = first.enrol("move-" + name, "default");
    AtomicInteger failures = new AtomicInteger();
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    try (AegisClient sender = AegisClient.connect(second.enrol("move-from-" + name, "default"))) {
      Sent sent;
      try (AegisClient _ =
          AegisClient.connect(
              recipient,
              c ->
                  c.on(
                      "note",
                      _ -> {
                        failures.incrementAndGet();
                        throw new IllegalStateException("not here");
                      }))) {
        sent = sender.send(OutgoingMessage.text("move-" + name, "note", "moved"));
        await().until(() -> failures.get() > 0);
      }
      try (AegisClient _ =
          AegisClient.connect(
              second.here(recipient), c -> c.on("note", m -> handled.add(m.text())))) {
        assertThat(handled.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("moved");
        sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        String key = first.apiKey("viewer");
        for (GatewayAccess node : List.of(first, second)) {
          await()
              .untilAsserted(() ->
                  assertThat(
                          Json.parse(
                                  node.rest(
                                          "GET",
                                          "/api/v1/agents/move-" + name + "/status",
                                          key,
                                          null)
                                      .body())
                              .path("is_active")
                              .asBoolean())
                      .isTrue());
        }
      }
    }
  }

  private static void whatANodeLeftIsTakenOver(GatewayAccess right, GatewayProcess ahead)
      throws Exception {
    ClientOptions recipient = ahead.access().enrol("left", "default");
    AegisClient.connect(recipient).close(); // its mailbox is there
    List<String> expected = new ArrayList<>();
    try (AegisClient sender = AegisClient.connect(right.enrol("left-from", "default"))) {
      for (int i = 0; i < 50; i++) {
        expected.add("m" + i);
        sender
            .send(
                OutgoingMessage.text("left", "note", "m" + i).withGuarantee(Guarantee.EXACTLY_ONCE))
            .accepted()
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      ahead.kill();
      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      try (AegisClient _ =
          AegisClient.connect(
              right
                  .here(recipient)
                  .withTimeouts(
                      Duration.ofSeconds(PATIENCE_SECONDS), Duration.ofSeconds(PATIENCE_SECONDS)),
              c -> c.on("note", m -> received.add(m.text())))) {
        List<String> arrived = new ArrayList<>();
        while (arrived.size() < expected.size()) {
          String next = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
          assertThat(next).as("after %s", arrived).isNotNull();
          arrived.add(next);
        }
        assertThat(arrived).containsExactlyElementsOf(expected);
      }
    }
  }
}
