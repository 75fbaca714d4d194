package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Talks to a running gateway's management port with the admin token of its data directory.
final class AdminClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /// Most that is shown of what no gateway says.
  private static final int FIRST_LINE = 160;

  private final String base;
  private final String token;
  private final HttpClient http;
  private final Duration timeout;
  private final @Nullable String organization;

  private AdminClient(
      String base, String token, HttpClient http, Duration timeout, @Nullable String organization) {
    this.base = base;
    this.token = token;
    this.http = http;
    this.timeout = timeout;
    this.organization = organization;
  }

  /// @throws NotReachableException the directory holds no trace of a gateway
  static AdminClient of(Path dataDir) throws IOException {
    return of(dataDir, TIMEOUT);
  }

  /// @param timeout for a connection, and for an answer
  static AdminClient of(Path dataDir, Duration timeout) throws IOException {
    Path url = DataDirectory.managementFile(dataDir);
    Path token = DataDirectory.adminTokenFile(dataDir);
    if (!Files.exists(url) || !Files.exists(token)) {
      throw new NotReachableException(
          "no gateway has run with the data directory "
              + dataDir
              + "; start one with ./aegis serve, or name its directory with --data-dir");
    }
    return new AdminClient(
        Files.readString(url).strip(),
        Files.readString(token).strip(),
        HttpClient.newBuilder().connectTimeout(timeout).build(),
        timeout,
        null);
  }

  /// Sees and changes only what is of that organization, or of any where it is null.
  AdminClient within(@Nullable String name) {
    return new AdminClient(base, token, http, timeout, name);
  }

  /// A word as a segment of a path.
  static String segment(String word) {
    return URLEncoder.encode(word, StandardCharsets.UTF_8).replace("+", "%20");
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

  JsonNode patch(String path, Map<String, Object> body) throws IOException {
    return Json.parse(
        call(
            HttpRequest.newBuilder(URI.create(base + path))
                .method("PATCH", HttpRequest.BodyPublishers.ofString(Json.write(body)))));
  }

  void delete(String path) throws IOException {
    call(HttpRequest.newBuilder(URI.create(base + path)).DELETE());
  }

  private String call(HttpRequest.Builder request) throws IOException {
    HttpResponse<String> response = answer(request);
    if (!response.body().isEmpty()) {
      json(response);
    }
    return response.body();
  }

  private HttpResponse<String> answer(HttpRequest.Builder request) throws IOException {
    HttpResponse<String> response;
    if (organization != null) {
      request.header("Aegis-Organization", organization);
    }
    try {
      response =
          http.send(
              request.timeout(timeout).header("Authorization", "Bearer " + token).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new NotReachableException(
          "no gateway answers on " + base + "; start one with ./aegis serve");
    } catch (HttpTimeoutException e) {
      throw new NoAnswerException(
          "the gateway on " + base + " did not answer within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (response.statusCode() >= 400) {
      JsonNode problem = json(response);
      throw new ProblemAnswerException(
          response.statusCode(),
          problem.path("code").asString(""),
          problem.path("detail").asString("refused"));
    }
    return response;
  }

  /// What a proxy in between answers is something else, in anybody's words.
  private JsonNode json(HttpResponse<String> response) throws IOException {
    try {
      JsonNode parsed = Json.parse(response.body());
      if (parsed.isContainer()) {
        return parsed;
      }
    } catch (JacksonException e) {
      throw foreign(response, e);
    }
    throw foreign(response, null);
  }

  private IOException foreign(HttpResponse<String> response, @Nullable JacksonException cause) {
    String first =
        response
            .body()
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .findFirst()
            .orElse("");
    String shown = first.length() > FIRST_LINE ? first.substring(0, FIRST_LINE) + "..." : first;
    return new IOException(
        base
            + " answers with status "
            + response.statusCode()
            + " and what no gateway says; is something in between? "
            + (shown.isEmpty() ? "It says nothing." : "It begins: " + Plain.of(shown)),
        cause);
  }
}
