package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.client.AegisClient;
import dev.aegis.client.AegisException;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.protocol.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A gateway that is configured by a file and the environment does what they say.
class ConfiguredGatewayIT {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long PATIENCE_SECONDS = 20;

  @TempDir static Path directory;
  private static GatewayConfig config;
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    Files.writeString(
        directory.resolve("aegis.yaml"),
        """
        listen: 127.0.0.1:0
        management:
          listen: 127.0.0.1:0
        tls:
          engine: jdk
        limits:
          payload-bytes: 2KiB
        rates:
          types:
            rare: 1:2
        agents:
          signing: "off"
          open-enrolment: true
          open-organization: lab
        """);
    config =
        GatewayConfig.of(
            Configuration.load(
                new Configuration.Inputs(
                    null,
                    Map.of(),
                    Map.of("AEGIS_DATA_DIR", directory.resolve("gw").toString()),
                    directory)));
    gateway = Gateway.start(config);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void theHandshakeSaysThatSigningIsOff() throws Exception {
    try (RawAgent agent =
        RawAgent.connected(
            gateway.address().getPort(),
            "unsigned",
            Identity.generate(RANDOM),
            gateway.publicKey())) {
      assertThat(agent.policySaysSigning()).isFalse();
    }
  }

  @Test
  void usesTheTlsEngineThatWasChosen() {
    assertThat(gateway.constants())
        .containsEntry("tlsEngine", "JDK " + Runtime.version().feature())
        .containsEntry("openEnrolment", true);
  }

  @Test
  void enrolsWhoeverComesUnderAFreeNameWhereEnrolmentIsOpen() throws Exception {
    SigningKey key = Identity.generate(RANDOM);
    AegisClient.connect(options("newcomer", key)).close();
    AegisClient.connect(options("newcomer", key)).close();
    ClientOptions thief = options("newcomer", Identity.generate(RANDOM));
    assertThatThrownBy(() -> AegisClient.connect(thief)).isInstanceOf(AegisException.class);
  }

  @Test
  void refusesWhatIsLargerThanTheConfiguredLimit() throws Exception {
    try (AegisClient client = AegisClient.connect(options("writer", Identity.generate(RANDOM)));
        AegisClient _ = AegisClient.connect(options("reader", Identity.generate(RANDOM)))) {
      client
          .send(OutgoingMessage.text("reader", "task", "x".repeat(2_048)))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThatThrownBy(() ->
              client
                  .send(OutgoingMessage.text("reader", "task", "x".repeat(2_049)))
                  .accepted()
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(Exception.class)
          .hasStackTraceContaining("payload");
    }
  }

  @Test
  void limitsTheRateOfATypeThatHasOneOfItsOwn() throws Exception {
    try (AegisClient client = AegisClient.connect(options("talker", Identity.generate(RANDOM)));
        AegisClient _ = AegisClient.connect(options("hearer", Identity.generate(RANDOM)))) {
      List<Sent> sent =
          java.util.stream.IntStream.range(0, 20)
              .mapToObj(i -> client.send(OutgoingMessage.text("hearer", "rare", "n" + i)))
              .toList();
      assertThatThrownBy(
              () -> {
                for (Sent each : sent) {
                  each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
              })
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
                assertThat(e.retryAfter()).isPositive();
              });
    }
  }

  @Test
  void aSecondGatewayOnTheSameDirectoryIsToldWhoHasIt() {
    assertThatThrownBy(() -> Gateway.start(config))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another gateway (process " + ProcessHandle.current().pid() + ")")
        .hasMessageContaining(config.dataDir().toString())
        .hasMessageContaining("--data-dir");
  }

  private static ClientOptions options(String agent, SigningKey key) {
    return ClientOptions.of(
            URI.create("wss://localhost:" + gateway.address().getPort() + "/ws/agent"),
            agent,
            key,
            gateway.publicKey())
        .withReconnect(false);
  }
}
