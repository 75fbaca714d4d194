package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Talks to a running gateway's management port with the admin token of its data directory.
final class AdminClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final String base;
  private final String token;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  private AdminClient(String base, String token) {
    this.base = base;
    this.token = token;
  }

  /// @throws NotReachableException the directory holds no trace of a gateway
  static AdminClient of(Path dataDir) throws IOException {
    Path url = DataDirectory.managementFile(dataDir);
    Path token = DataDirectory.adminTokenFile(dataDir);
    if (!Files.exists(url) || !Files.exists(token)) {
      throw new NotReachableException(
          "no gateway has run with the data directory "
              + dataDir
              + "; start one with ./aegis serve, or name its directory with --data-dir");
    }
    return new AdminClient(Files.readString(url).strip(), Files.readString(token).strip());
  }

  String get(String path) throws IOException {
    return call(HttpRequest.newBuilder(URI.create(base + path)).GET());
  }

  /// A part of something larger, with the headers that say where it goes on.
  HttpResponse<String> page(String path) throws IOException {
    return answer(HttpRequest.newBuilder(URI.create(base + path)).GET());
  }

  /// @param body JSON
  JsonNode put(String path, String body) throws IOException {
    return Json.parse(
        call(
            HttpRequest.newBuilder(URI.create(base + path))
                .PUT(HttpRequest.BodyPublishers.ofString(body))));
  }

  JsonNode post(String path, Map<String, Object> body) throws IOException {
    return Json.parse(
        call(
            HttpRequest.newBuilder(URI.create(base + path))
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))));
  }

  void delete(String path) throws IOException {
    call(HttpRequest.newBuilder(URI.create(base + path)).DELETE());
  }

  private String call(HttpRequest.Builder request) throws IOException {
    return answer(request).body();
  }

  private HttpResponse<String> answer(HttpRequest.Builder request) throws IOException {
    HttpResponse<String> response;
    try {
      response =
          http.send(
              request.timeout(TIMEOUT).header("Authorization", "Bearer " + token).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new NotReachableException(
          "no gateway answers on " + base + "; start one with ./aegis serve");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (response.statusCode() >= 400) {
      throw new IOException(Json.parse(response.body()).path("detail").asString("refused"));
    }
    return response;
  }
}
