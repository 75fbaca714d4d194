package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads server-sent events.
final class EventReader implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final HttpClient http;
  private final InputStream body;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  record Event(String id, String event, String data) {}

  private EventReader(HttpClient http, InputStream body) {
    this.http = http;
    this.body = body;
    Thread.startVirtualThread(this::read);
  }

  static EventReader open(TestGateway gateway, String path, String key, @Nullable String lastId)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.port() + path))
            .header("Authorization", "Bearer " + key);
    if (lastId != null) {
      request.header("Last-Event-ID", lastId);
    }
    HttpClient http = GatewayAccess.client();
    HttpResponse<InputStream> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    Contract.streamed("GET", response.uri(), 200);
    assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
    return new EventReader(http, response.body());
  }

  /// The next event whose data has that text in it.
  Event next(String text) throws InterruptedException {
    while (true) {
      Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(event).as("an event with %s", text).isNotNull();
      if (event.data.contains(text)) {
        return event;
      }
    }
  }

  private void read() {
    String id = "";
    String event = "";
    String data = "";
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (line.isEmpty() && !event.isEmpty()) {
          events.add(new Event(id, event, data));
          event = "";
        }
      }
    } catch (IOException _) {
      // It was closed.
    }
  }

  @Override
  public void close() throws IOException {
    body.close();
    http.shutdownNow();
  }
}
