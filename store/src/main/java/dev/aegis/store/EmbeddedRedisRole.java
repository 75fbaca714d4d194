package dev.aegis.store;

import java.nio.file.Path;
import java.util.List;

/// What an [EmbeddedRedis] is: a server alone, behind TLS too, a replica, a member of a cluster, or
/// a sentinel.
///
/// @param password shared with the servers it works with; empty for one of its own
/// @param directives lines of its configuration besides the launcher's
public record EmbeddedRedisRole(String password, List<String> directives, boolean sentinel) {
  public EmbeddedRedisRole {
    directives = List.copyOf(directives);
  }

  public static EmbeddedRedisRole alone() {
    return new EmbeddedRedisRole("", List.of(), false);
  }

  /// Listens for TLS on a second port.
  public static EmbeddedRedisRole tls(int tlsPort, Path certificate, Path key) {
    return new EmbeddedRedisRole(
        "",
        List.of(
            "tls-port " + tlsPort,
            "tls-cert-file " + certificate,
            "tls-key-file " + key,
            "tls-ca-cert-file " + certificate,
            "tls-auth-clients no"),
        false);
  }

  /// Follows a server with the same password.
  public static EmbeddedRedisRole replicaOf(EmbeddedRedis master) {
    return new EmbeddedRedisRole(
        master.password(),
        List.of("replicaof 127.0.0.1 " + master.port(), "repl-diskless-sync-delay 0"),
        false);
  }

  /// Watches a master and makes its replica the master once it is gone.
  public static EmbeddedRedisRole sentinelOf(String name, EmbeddedRedis master, int downMillis) {
    return new EmbeddedRedisRole(
        "",
        List.of(
            "sentinel monitor " + name + " 127.0.0.1 " + master.port() + " 1",
            "sentinel auth-pass " + name + " " + master.password(),
            "sentinel down-after-milliseconds " + name + " " + downMillis,
            "sentinel failover-timeout " + name + " 5000"),
        true);
  }

  /// @param busPort its own port beyond the launcher's: the usual one is past the last there is
  /// @param announcedPort which the other servers and clients are told to connect to
  static EmbeddedRedisRole member(String password, int busPort, int announcedPort) {
    return new EmbeddedRedisRole(
        password,
        List.of(
            "cluster-enabled yes",
            "cluster-config-file nodes.conf",
            "cluster-port " + busPort,
            "cluster-announce-port " + announcedPort,
            "cluster-node-timeout 2000",
            "cluster-replica-validity-factor 0", // a replica takes over however late it is
            "repl-diskless-sync-delay 0"),
        false);
  }
}
