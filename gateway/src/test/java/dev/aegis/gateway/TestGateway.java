package dev.aegis.gateway;

import dev.aegis.client.ClientOptions;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.config.GatewayConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole gateway of the test's own, on free ports, and what an admin does with it.
public final class TestGateway implements AutoCloseable {
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
    return access().enrol(agent, organization);
  }

  public ClientOptions options(String agent, SigningKey key) {
    return access().options(agent, key);
  }

  /// The same agent through this gateway.
  public ClientOptions here(ClientOptions agent) {
    return access().here(agent);
  }

  /// Enrols an agent and connects it byte by byte.
  public RawAgent raw(String agent) throws Exception {
    ClientOptions options = enrol(agent);
    return RawAgent.connected(port(), agent, options.identity(), gateway.publicKey());
  }

  public String apiKey(String role) throws Exception {
    return access().apiKey(role);
  }

  public URI management(String path) throws IOException {
    return access().management(path);
  }

  /// A call of the management port with the admin's token.
  public HttpResponse<String> admin(String method, String path, @Nullable Map<String, Object> body)
      throws Exception {
    return access().admin(method, path, body);
  }

  /// A call of the REST API, which is held against the OpenAPI document.
  public HttpResponse<String> rest(
      String method, String path, @Nullable String key, @Nullable String body) throws Exception {
    return access().rest(method, path, key, body, Map.of());
  }

  /// Likewise, with headers.
  public HttpResponse<String> rest(
      String method,
      String path,
      @Nullable String key,
      @Nullable String body,
      Map<String, String> headers)
      throws Exception {
    return access().rest(method, path, key, body, headers);
  }

  /// As it is until the next restart.
  private GatewayAccess access() {
    return new GatewayAccess(dataDir, port());
  }

  /// What was done about a subject, oldest first.
  public List<String> audited(String subject) throws SQLException {
    List<String> actions = new ArrayList<>();
    try (Connection database = database();
        PreparedStatement query =
            database.prepareStatement(
                "SELECT action FROM audit_log WHERE subject = ? ORDER BY id")) {
      query.setString(1, subject);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          actions.add(row.getString(1));
        }
      }
    }
    return actions;
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
}
