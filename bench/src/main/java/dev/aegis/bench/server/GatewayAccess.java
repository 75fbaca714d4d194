package dev.aegis.bench.server;

import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The management port of a gateway, by the files of its data directory: enrols agents, reads
/// counters. Thread-safe.
public final class GatewayAccess {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayAccess.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String CERTIFICATE = "tls.crt"; // of a gateway that was given none
  private static final String REFUSED = "aegis_messages_refused_total{reason=\"";

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final SecureRandom random = new SecureRandom();
  private final String base;
  private final String token;
  private final VerifyingKey gatewayKey;
  private final URI url;
  private final Path certificate;

  private GatewayAccess(Path dataDir, @Nullable URI url) throws IOException {
    this.base = Files.readString(DataDirectory.managementFile(dataDir)).strip();
    this.token = Files.readString(DataDirectory.adminTokenFile(dataDir)).strip();
    this.gatewayKey = Identity.publicKey(Files.readString(DataDirectory.publicKeyFile(dataDir)));
    this.url = url == null ? agentsUrl() : url;
    this.certificate = dataDir.resolve(CERTIFICATE);
  }

  /// @param url where agents connect; null to ask the gateway, which is then on this machine
  /// @throws IOException the directory is not that of a running gateway
  public static GatewayAccess of(Path dataDir, @Nullable URI url) throws IOException {
    return new GatewayAccess(dataDir, url);
  }

  private URI agentsUrl() throws IOException {
    String listen = Json.parse(call("GET", "/status", null)).path("listen").asString();
    return URI.create(
        "wss://localhost:" + listen.substring(listen.lastIndexOf(':') + 1) + "/ws/agent");
  }

  public URI url() {
    return url;
  }

  /// Enrols an agent under a new key and returns how it connects.
  public ClientOptions enrol(String agent) throws IOException {
    SigningKey key = Identity.generate(random);
    call(
        "POST",
        "/admin/agents",
        Json.write(Map.of("agent_id", agent, "public_key", key.verifyingKey().toString())));
    return ClientOptions.of(url, agent, key, gatewayKey).withTimeouts(TIMEOUT, TIMEOUT);
  }

  /// Makes a key with which a service may send.
  public String apiKey(String name) throws IOException {
    return apiKey(name, "sender");
  }

  /// Makes a key of a role in the organization `default`.
  public String apiKey(String name, String role) throws IOException {
    String body = Json.write(Map.of("name", name, "role", role, "organization", "default"));
    return Json.parse(call("POST", "/admin/apikeys", body)).path("api_key").asString();
  }

  /// Trusts the certificate that the gateway has made for itself, and nothing else.
  public SSLContext trust() throws IOException {
    try (InputStream pem = Files.newInputStream(certificate)) {
      KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
      known.load(null, null);
      known.setCertificateEntry(
          "gateway", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(known);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, trust.getTrustManagers(), random);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate of the gateway cannot be read", e);
    }
  }

  /// Takes an agent's rights away again.
  public void revoke(String agent) throws IOException {
    call("DELETE", "/admin/agents/" + agent, null);
  }

  /// How many messages the gateway has refused or dropped so far, by reason.
  public Map<String, Long> refusals() throws IOException {
    Map<String, Long> byReason = new HashMap<>();
    metrics()
        .forEach((name, value) -> {
          if (name.startsWith(REFUSED)) {
            byReason.put(
                name.substring(REFUSED.length(), name.indexOf('"', REFUSED.length())),
                value.longValue());
          }
        });
    return byReason;
  }

  /// The value of every metric, by its name with its labels.
  public Map<String, Double> metrics() throws IOException {
    Map<String, Double> values = new HashMap<>();
    call("GET", "/metrics", null)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> {
          int space = line.lastIndexOf(' ');
          values.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
        });
    return values;
  }

  /// What `/status` says.
  public String status() throws IOException {
    return call("GET", "/status", null);
  }

  /// Whether `/readyz` says yes.
  static boolean isReady(HttpClient http, String base) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(base + "/readyz")).timeout(TIMEOUT).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      LOG.trace("not ready", e);
      return false;
    }
  }

  private String call(String method, String path, @Nullable String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() >= 400) {
        throw new IOException(method + " " + path + " was refused: " + response.body());
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
