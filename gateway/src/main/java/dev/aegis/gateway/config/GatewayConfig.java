package dev.aegis.gateway.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a gateway is told at start.
///
/// @param dataDir where it keeps identity, keys, certificate and the embedded database
/// @param postgres an own PostgreSQL; null for the embedded one
/// @param tls certificate and key files; null for a self-signed one in the data directory
public record GatewayConfig(
    Path dataDir,
    InetSocketAddress listen,
    InetSocketAddress management,
    @Nullable Postgres postgres,
    @Nullable TlsFiles tls) {
  /// JDBC URL, user and password.
  public record Postgres(String url, String user, String password) {
    @Override
    public String toString() {
      return "Postgres " + url + " as " + user;
    }
  }

  public record TlsFiles(Path certificate, Path key) {}
}
