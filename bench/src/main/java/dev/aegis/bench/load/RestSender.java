package dev.aegis.bench.load;

import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/// A service that sends over REST, a request a message.
///
/// @param agents where the gateway serves agents; it serves REST at the same port
/// @param key an API key
record RestSender(HttpClient http, URI agents, String key, Guarantee guarantee, Names receivers)
    implements Sender {
  private static final int ACCEPTED = 202;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Override
  public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
    return post(receivers.of(receiver) + "/send", priority, payload, outcome);
  }

  @Override
  public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
    return post("broadcast", priority, payload, outcome);
  }

  private boolean post(String path, Priority priority, byte[] payload, Outcome outcome) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("https://" + agents.getAuthority() + "/api/v1/agents/" + path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Json.write(
                        Map.of(
                            "type",
                            "bench",
                            "priority",
                            priority.label(),
                            "delivery_guarantee",
                            guarantee.label(),
                            "payload",
                            Base64.getEncoder().encodeToString(payload)))))
            .build();
    http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .whenComplete((response, failure) -> {
          if (failure == null && response.statusCode() == ACCEPTED) {
            outcome.accepted();
          } else {
            outcome.refused();
          }
        });
    return true;
  }
}
