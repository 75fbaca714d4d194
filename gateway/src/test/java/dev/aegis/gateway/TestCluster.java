package dev.aegis.gateway;

import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.MemberSettings;
import dev.aegis.store.fabric.RedisSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// Gateways that share a PostgreSQL and a Redis.
public final class TestCluster {
  private static final MemberSettings QUICK =
      new MemberSettings(
          Duration.ofMillis(200), Duration.ofMillis(1_000), Duration.ofMillis(1_500));

  /// A type of which an agent may send 32, and then one a second.
  static final String SCARCE = "scarce";

  private static final Rates RATES =
      new Rates(
          Rates.defaults().agent(),
          Rates.defaults().type(),
          Rates.defaults().urgent(),
          Map.of(SCARCE, new Rate(1, 32)),
          null);

  private final Path directory;
  private final DatabaseSettings database;
  private final String redisUrl;

  public TestCluster(Path directory, EmbeddedPostgres postgres, String redisUrl) {
    this.directory = directory;
    this.database = postgres.database("cluster");
    this.redisUrl = redisUrl;
  }

  /// Starts a node of that name.
  public TestGateway node(String name) throws IOException {
    return node(name, 0);
  }

  /// @param port where agents connect, 0 for a free one
  public TestGateway node(String name, int port) throws IOException {
    return new TestGateway(
        new GatewayConfig(
                directory.resolve(name),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new GatewayConfig.Postgres(database.url(), database.user(), database.password()),
                null)
            .withRates(RATES)
            .withRest(
                new GatewayConfig.Rest(new Rate(10_000, 20_000), null, WebhookReceiver.SETTINGS))
            .withCluster(
                new GatewayConfig.Cluster(
                    RedisSettings.of(redisUrl), "test", name, directory.resolve("keys"), QUICK)));
  }
}
