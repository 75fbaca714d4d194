package dev.aegis.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.webhook.AddressRange;
import dev.aegis.gateway.webhook.WebhookSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/// A server that agents have as their endpoint, and what it was sent.
final class WebhookReceiver implements AutoCloseable {
  /// With which it is posted to, and to nothing else on this machine.
  static final WebhookSettings SETTINGS =
      new WebhookSettings(
          AddressRange.parseAll("127.0.0.1"),
          true,
          Duration.ofSeconds(5),
          8,
          16,
          Duration.ofMillis(600),
          Duration.ofMinutes(5),
          Duration.ofMillis(200),
          Duration.ofDays(1),
          null);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private volatile Function<Received, Reply> behaviour = _ -> Reply.of(204);

  /// One request.
  record Received(
      String path, String id, long timestamp, String signatures, String attempt, String body) {
    JsonNode json() {
      return Json.parse(body);
    }

    /// As a receiver checks it: the published rule, in words of its own.
    boolean isSignedWith(String secret) {
      try {
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        String signed =
            Base64.getEncoder()
                .encodeToString(
                    mac.doFinal(
                        (id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8)));
        return Arrays.asList(signatures.split(" ")).contains("v1," + signed);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// What it answers.
  record Reply(int code, Map<String, String> headers, String body) {
    static Reply of(int code) {
      return new Reply(code, Map.of(), "");
    }

    static Reply json(String body) {
      return new Reply(200, Map.of("Content-Type", "application/json"), body);
    }

    Reply with(String name, String value) {
      return new Reply(code, Map.of(name, value), body);
    }
  }

  WebhookReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 100);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Received request =
          new Received(
              exchange.getRequestURI().getPath(),
              exchange.getRequestHeaders().getFirst("webhook-id"),
              Long.parseLong(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
              exchange.getRequestHeaders().getFirst("webhook-signature"),
              exchange.getRequestHeaders().getFirst("aegis-attempt"),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      received.add(request);
      Reply reply = behaviour.apply(request);
      reply.headers.forEach(exchange.getResponseHeaders()::set);
      byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.code, body.length == 0 ? -1 : body.length);
      if (body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  /// From now on it answers so.
  WebhookReceiver answering(Function<Received, Reply> how) {
    behaviour = how;
    return this;
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /// What came under that path, in the order in which it came.
  List<Received> at(String path) {
    return received.stream().filter(request -> request.path.equals(path)).toList();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
