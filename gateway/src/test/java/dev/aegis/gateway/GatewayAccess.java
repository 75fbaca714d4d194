package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.Json;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// What an admin, an agent and a user of the REST API know of a gateway on this machine, and do
/// with it. The data directory says where its management port is and what the admin's token is.
public final class GatewayAccess {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path dataDir;
  private final int port;

  /// @param port where agents connect
  public GatewayAccess(Path dataDir, int port) {
    this.dataDir = dataDir;
    this.port = port;
  }

  public int port() {
    return port;
  }

  /// Where agents connect.
  public URI url() {
    return URI.create("wss://localhost:" + port + "/ws/agent");
  }

  public VerifyingKey publicKey() {
    try {
      return Identity.publicKey(Files.readString(DataDirectory.publicKeyFile(dataDir)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Enrols an agent with a new key.
  public ClientOptions enrol(String agent, String organization) throws Exception {
    SigningKey key = Identity.generate(RANDOM);
    HttpResponse<String> reply =
        admin(
            "POST",
            "/admin/agents",
            Map.of(
                "agent_id",
                agent,
                "public_key",
                key.verifyingKey().toString(),
                "organization",
                organization));
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
    return options(agent, key);
  }

  public ClientOptions options(String agent, SigningKey key) {
    return ClientOptions.of(url(), agent, key, publicKey()).withTimeouts(PATIENCE, PATIENCE);
  }

  /// The same agent through this gateway.
  public ClientOptions here(ClientOptions agent) {
    return options(agent.agentId(), agent.identity());
  }

  public String apiKey(String role) throws Exception {
    return Json.parse(
            admin("POST", "/admin/apikeys", Map.of("name", "test-" + role, "role", role)).body())
        .path("api_key")
        .asString();
  }

  public URI management(String path) throws IOException {
    return URI.create(Files.readString(DataDirectory.managementFile(dataDir)).strip() + path);
  }

  /// A call of the management port with the admin's token.
  public HttpResponse<String> admin(String method, String path, @Nullable Map<String, Object> body)
      throws Exception {
    String token = Files.readString(DataDirectory.adminTokenFile(dataDir)).strip();
    return call(
        HttpClient.newHttpClient(),
        HttpRequest.newBuilder(management(path)).header("Authorization", "Bearer " + token),
        method,
        body == null ? null : Json.write(body));
  }

  /// A call of the REST API, which is held against the OpenAPI document.
  public HttpResponse<String> rest(
      String method, String path, @Nullable String key, @Nullable String body) throws Exception {
    return rest(method, path, key, body, Map.of());
  }

  /// Likewise, with headers.
  public HttpResponse<String> rest(
      String method,
      String path,
      @Nullable String key,
      @Nullable String body,
      Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + port + path));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    headers.forEach(request::setHeader);
    HttpResponse<String> reply = call(client(), request, method, body);
    Contract.check(method, path, headers, body, reply);
    return reply;
  }

  /// Trusts any certificate.
  static HttpClient client() throws GeneralSecurityException {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(trusting())
        .build();
  }

  private static SSLContext trusting() throws GeneralSecurityException {
    SSLContext trusting = SSLContext.getInstance("TLSv1.3");
    trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), RANDOM);
    return trusting;
  }

  private static HttpResponse<String> call(
      HttpClient http, HttpRequest.Builder request, String method, @Nullable String body)
      throws IOException, InterruptedException {
    try (http) {
      return http.send(
          request
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
