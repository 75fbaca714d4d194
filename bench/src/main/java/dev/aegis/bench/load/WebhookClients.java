package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/// Clients whose receivers are not connected: the gateway posts to a server in this process, which
/// has a path for each. The others are as in any run.
final class WebhookClients extends ForwardingClients {
  private static final int CREATED = 201;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final GatewayAccess gateway;
  private final String run;
  private final String key;
  private final HttpClient http;
  private final WebhookServer server;

  /// @param agents that send
  /// @param gateway allows plain HTTP to this machine
  /// @param threads event loops of the server that is posted to
  WebhookClients(Clients agents, GatewayAccess gateway, String run, int threads)
      throws IOException {
    super(agents);
    this.gateway = gateway;
    this.run = run;
    this.key = gateway.apiKey(run + "-admin", "admin");
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(gateway.trust())
            .build();
    this.server = new WebhookServer(threads);
  }

  @Override
  public void prepareReceivers(int count) throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      String body =
          Json.write(Map.of("agent_id", run + "-r" + i, "endpoint", server.url(i).toString()));
      HttpResponse<String> reply =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("https://" + gateway.url().getAuthority() + "/api/v1/agents"))
                  .timeout(PATIENCE)
                  .header("Authorization", "Bearer " + key)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (reply.statusCode() != CREATED) {
        throw new IOException(
            "an agent with an endpoint on this machine cannot be registered (webhooks.allow-http=true,"
                + " webhooks.allow=127.0.0.0/8): "
                + reply.body());
      }
    }
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals) {
    server.open(from, until, arrivals);
  }

  @Override
  public void close() throws IOException {
    try {
      http.close();
      server.close();
    } finally {
      super.close();
    }
  }
}
