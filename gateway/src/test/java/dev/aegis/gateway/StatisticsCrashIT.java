package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.http.Json;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A node is killed with SIGKILL in mid-stream and another one makes rows of what it left: each
/// message is counted once.
class StatisticsCrashIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ROWS =
      "SELECT count(*) || ' ' || count(*) FILTER (WHERE status = 'processed') || ' ' || sum(size)"
          + " FROM message_queue";
  private static final String COUNTED =
      "SELECT sum(sent) || ' ' || sum(processed) || ' ' || sum(sent_bytes) FROM statistics"
          + " WHERE dimension = 0 AND width = 1";

  @TempDir Path directory;

  @Test
  void countsOnceWhatANodeLeftThatWasKilled() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"))) {
      DatabaseSettings database = postgres.database("aegis");
      try (GatewayProcess one = node("n1", database, redis);
          GatewayProcess two = node("n2", database, redis)) {
        one.awaitReady();
        two.awaitReady();
        one.access().enrol("sc-one", "default");
        one.access().enrol("sc-two", "default");
        String key = one.access().apiKey("admin");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger sent = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (GatewayProcess node : List.of(one, two)) {
          String agent = node == one ? "sc-one" : "sc-two";
          threads.add(Thread.startVirtualThread(() -> traffic(node, agent, key, stop, sent)));
        }
        await().atMost(PATIENCE).until(() -> sent.get() > 150);
        one.kill();
        int then = sent.get();
        await().atMost(PATIENCE).until(() -> sent.get() > then + 150); // at the other one
        stop.set(true);
        for (Thread thread : threads) {
          thread.join();
        }
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> {
              assertThat(text(database, "SELECT count(*)::text FROM journals WHERE node = 'n1'"))
                  .as("taken over")
                  .isEqualTo("0");
              assertThat(text(database, COUNTED)).isEqualTo(text(database, ROWS));
            });
        assertThat(text(database, COUNTED)).doesNotStartWith("0 ");
      }
    }
  }

  private GatewayProcess node(String name, DatabaseSettings database, EmbeddedRedis redis)
      throws IOException {
    return new GatewayProcess(
        Files.createDirectory(directory.resolve(name)),
        Path.of("target", "statistics-crash-" + name + ".log"),
        Map.of(
            "AEGIS_POSTGRES_URL",
            database.url(),
            "AEGIS_POSTGRES_USER",
            database.user(),
            "AEGIS_POSTGRES_PASSWORD",
            database.password(),
            "AEGIS_POSTGRES_POOL_SIZE",
            "4",
            "AEGIS_REDIS_URL",
            redis.url(),
            "AEGIS_CLUSTER_KEYS",
            directory.resolve("keys").toString(),
            "AEGIS_CLUSTER_NODE",
            name,
            "AEGIS_CLUSTER_SILENCE",
            "1500ms",
            "AEGIS_STATISTICS_EVERY",
            "100ms"));
  }

  /// Sends to an agent whose mailbox is at that node, and processes some of it.
  private static void traffic(
      GatewayProcess node, String agent, String key, AtomicBoolean stop, AtomicInteger sent) {
    GatewayAccess access = node.access();
    String mailbox = "/api/v1/agents/" + agent + "/mailbox";
    while (!stop.get()) {
      try {
        if (access
                .rest("POST", "/api/v1/agents/" + agent + "/send", key, "{\"content\":{}}")
                .statusCode()
            == 202) {
          if (sent.incrementAndGet() % 10 == 0) {
            JsonNode polled = Json.parse(access.rest("GET", mailbox, key, null).body());
            List<Long> sequences = new ArrayList<>();
            polled.path("messages").forEach(m -> sequences.add(m.path("sequence").asLong()));
            access.rest(
                "POST",
                mailbox + "/acks",
                key,
                "{\"mailbox_epoch\":%s,\"sequences\":%s}"
                    .formatted(polled.path("mailbox_epoch").asString(), sequences));
          }
        }
      } catch (IOException _) {
        return; // it was killed
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String text(DatabaseSettings database, String query) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }
}
