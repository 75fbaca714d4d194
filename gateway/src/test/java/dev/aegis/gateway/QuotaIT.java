package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The quota of an agent, through a whole gateway.
class QuotaIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;

  @Test
  void isRefusedWithTheTimeToWaitWhereUrgentMessagesPass() throws Exception {
    GatewayConfig config =
        GatewayConfig.of(
            Configuration.load(
                new Configuration.Inputs(
                    null,
                    Map.of(
                        "listen", "127.0.0.1:0",
                        "management.listen", "127.0.0.1:0",
                        "data-dir", directory.resolve("gw").toString(),
                        "quota.messages", "3",
                        "quota.window", "1h",
                        "rates.urgent", "1:4"),
                    Map.of(),
                    directory)));
    try (TestGateway gateway = new TestGateway(config)) {
      ClientOptions sending = gateway.enrol("q-sender");
      ClientOptions receiving = gateway.enrol("q-receiver");
      try (AegisClient sender = AegisClient.connect(sending);
          AegisClient _ = AegisClient.connect(receiving, c -> c.on("task", _ -> {}))) {
        for (int i = 0; i < 3; i++) {
          accepted(sender.send(task()));
        }
        refused(sender.send(task()), "the quota is used up", Duration.ofHours(1));
        accepted(sender.send(task().withPriority(Priority.HIGH)));
        accepted(sender.send(task().withPriority(Priority.CRITICAL)));
      }
      // A new session has not a new quota.
      try (AegisClient sender = AegisClient.connect(sending)) {
        refused(sender.send(task()), "the quota is used up", Duration.ofHours(1));
        Sent last = sender.send(task().withPriority(Priority.HIGH));
        accepted(last);
        for (int i = 0; i < 4; i++) {
          last = sender.send(task().withPriority(Priority.HIGH));
        }
        refused(last, "too many messages of class critical and high", Duration.ZERO);
      }
      // The REST API keeps to it as well.
      String key = gateway.apiKey("sender");
      String body = "{\"type\":\"task\",\"content\":1}";
      for (int i = 0; i < 3; i++) {
        assertThat(gateway.rest("POST", "/api/v1/agents/q-receiver/send", key, body).statusCode())
            .isEqualTo(202);
      }
      HttpResponse<String> reply =
          gateway.rest("POST", "/api/v1/agents/q-receiver/send", key, body);
      assertThat(reply.statusCode()).isEqualTo(429);
      assertThat(Json.parse(reply.body()).path("code").asString()).isEqualTo("rate-limited");
      long seconds = Long.parseLong(reply.headers().firstValue("Retry-After").orElseThrow());
      assertThat(seconds).isBetween(3_600L, 3_600L * 33 / 32 + 1);
    }
  }

  private static OutgoingMessage task() {
    return OutgoingMessage.text("q-receiver", "task", "x");
  }

  private static void accepted(Sent sent) throws Exception {
    sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void refused(Sent sent, String reason, Duration atLeast) {
    assertThatThrownBy(() -> accepted(sent))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
              assertThat(e).hasMessageContaining(reason);
              assertThat(e.retryAfter()).isPositive().isGreaterThanOrEqualTo(atLeast);
            });
  }
}
