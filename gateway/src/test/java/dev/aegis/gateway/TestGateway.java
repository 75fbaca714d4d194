package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A whole gateway of the test's own, on free ports, and what an admin does with it.
public final class TestGateway implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final GatewayConfig config;
  private final Path dataDir;
  private Gateway gateway;

  public TestGateway(Path dataDir) throws IOException {
    this(
        new GatewayConfig(
            dataDir,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            null));
  }

  public TestGateway(GatewayConfig config) throws IOException {
    this.config = config;
    this.dataDir = config.dataDir();
    this.gateway = Gateway.start(config);
  }

  public Gateway gateway() {
    return gateway;
  }

  public int port() {
    return gateway.address().getPort();
  }

  /// Stops it and starts another on the same data.
  public void restart() throws IOException {
    gateway.close();
    gateway = Gateway.start(config);
  }

  @Override
  public void close() {
    gateway.close();
  }

  /// Enrols an agent with a new key in the default organization.
  public ClientOptions enrol(String agent) throws Exception {
    return enrol(agent, "default");
  }

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
    return ClientOptions.of(
            URI.create("wss://localhost:" + port() + "/ws/agent"), agent, key, gateway.publicKey())
        .withTimeouts(PATIENCE, PATIENCE);
  }

  /// Enrols an agent and connects it byte by byte.
  public RawAgent raw(String agent) throws Exception {
    ClientOptions options = enrol(agent);
    return RawAgent.connected(port(), agent, options.identity(), gateway.publicKey());
  }

  public String apiKey(String role) throws Exception {
    return Json.parse(
            admin("POST", "/admin/apikeys", Map.of("name", "test-" + role, "role", role)).body())
        .path("api_key")
        .asString();
  }

  public URI management(String path) {
    return URI.create("http://127.0.0.1:" + gateway.managementAddress().getPort() + path);
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
        HttpRequest.newBuilder(URI.create("https://localhost:" + port() + path));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    headers.forEach(request::setHeader);
    HttpResponse<String> reply = call(client(), request, method, body);
    Contract.check(method, path, headers, body, reply);
    return reply;
  }

  /// A connection of plain JDBC to the embedded database, beside those of the gateway.
  public Connection database() throws SQLException {
    Path home = dataDir.resolve("postgres");
    try {
      return DriverManager.getConnection(
          "jdbc:postgresql://127.0.0.1:"
              + Files.readString(home.resolve("port")).strip()
              + "/aegis",
          "aegis",
          Files.readString(home.resolve("password")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
